"""Rows made by other processes are those made by this one."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.datasets import row_filler
from tinykd.datasets.row_filler import fill_rows


def make(task: int) -> tuple[np.ndarray, str]:
    return np.full(4, task, np.int16), f"row {task}"


@pytest.mark.parametrize("pool_from", [0, 1000])
def test_each_row_is_its_own_task_s(tmp_path, monkeypatch, pool_from):
    monkeypatch.setattr(row_filler, "_POOL_FROM", pool_from)
    monkeypatch.setattr(row_filler, "_TASKS_AT_ONCE", 3)
    monkeypatch.setattr(row_filler, "usable_cores", lambda: 2)
    path = tmp_path / "rows.npy"
    np.save(path, np.zeros((8, 4), np.int16))
    told = []
    said = fill_rows(path, range(7), make, what="rows", progress=lambda *now: told.append(now))
    assert np.load(path)[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 6, 0]
    assert said == [f"row {task}" for task in range(7)]
    assert told[0] == ("rows", 0, 7)
    assert told[-1] == ("rows", 7, 7)
