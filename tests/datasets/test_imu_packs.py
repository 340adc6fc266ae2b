"""The packs of real motion: their own counts where they are there, and faults of hand-made ones."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

from tinykd.datasets import load_dataset
from tinykd.errors import DataError
from tinykd.recipe_file import load_recipe

PACKS = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data") / "gesture"
real = pytest.mark.skipif(not PACKS.is_dir(), reason="the packs of real motion are not on this machine")


def loaded(name: str, folder: Path, *, splits=("train", "validation", "test"), sets=()):
    recipe = load_recipe(f"gesture-{name}", sets)
    return load_dataset(recipe, data_dir=folder, cache_dir=Path(), splits=splits)


@real
def test_the_phone_digits_have_the_takes_of_their_readme():
    made = loaded("imu_digits", PACKS, sets=["synthetic.drawn_takes=0"])
    assert made.classes == tuple("0123456789")
    assert {name: len(split) for name, split in made.splits.items()} == {
        "train": 280,
        "validation": 60,
        "test": 60,
    }
    assert np.bincount(made.splits["test"].labels).tolist() == [6] * 10
    assert made.splits["train"].signals.shape == (280, 250, 6)


@real
def test_drawn_takes_join_training_alone():
    made = loaded("imu_digits", PACKS, sets=["synthetic.drawn_takes=1"])
    assert {name: len(split) for name, split in made.splits.items()} == {
        "train": 280 + 560,
        "validation": 60,
        "test": 60,
    }


@real
def test_nobody_of_the_wrist_pack_is_in_two_splits():
    made = loaded("wrist_activity", PACKS, sets=["dataset.hop_ms=1000"])
    people = {name: set(split.groups) for name, split in made.splits.items()}
    assert people["test"] == {"s07", "s14", "s20"}
    assert people["validation"] == {"s21", "s23"}
    assert len(people["train"]) == 12
    assert not people["train"] & (people["test"] | people["validation"])


@real
def test_the_wands_strokes_fill_their_window():
    made = loaded("wand_strokes", PACKS)
    assert made.channels == ("x", "y")
    assert {name: len(split) for name, split in made.splits.items()} == {
        "train": 560,
        "validation": 120,
        "test": 120,
    }


def test_a_pack_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    with pytest.raises(
        DataError, match=r"no imu_digits\.npz there; pass --data-dir with the folder that holds"
    ):
        loaded("imu_digits", tmp_path)
    monkeypatch.delenv("TINYKD_DATA", raising=False)
    recipe = load_recipe("gesture-imu_digits")
    with pytest.raises(DataError, match=r"^imu_digits\.npz: no folder given, and no \$TINYKD_DATA"):
        load_dataset(recipe, data_dir=None, cache_dir=Path())


GOOD = {
    "signals": np.zeros((8, 6), np.float32),
    "time_ms": np.arange(8, dtype=np.int32) * 20,
    "offsets": np.array([0, 4, 8]),
    "labels": np.array([0, 1], np.int8),
    "split": np.array(["train", "train"]),
}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"labels": None}, "it has no array 'labels'"),
        ({"labels": np.zeros(2)}, "array 'labels' is 1-dimensional float64; 1 dimensions of kind iu"),
        ({"offsets": np.array([0, 4, 9])}, "its offsets do not cut 8 rows into 2 recordings"),
        ({"offsets": np.array([0, 8])}, "its offsets do not cut 8 rows into 2 recordings"),
        ({"signals": np.full((8, 6), np.nan, np.float32)}, "array 'signals' holds what is no number"),
    ],
)
def test_a_damaged_pack_is_one_line(change, line, tmp_path):
    arrays = {name: array for name, array in (GOOD | change).items() if array is not None}
    np.savez(tmp_path / "imu_digits.npz", **arrays)
    with pytest.raises(DataError, match=line):
        loaded("imu_digits", tmp_path)


def test_a_file_that_is_no_archive_is_one_line(tmp_path):
    (tmp_path / "imu_digits.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(DataError, match="cannot be read"):
        loaded("imu_digits", tmp_path)
    for content in (b"no gzip", gzip.compress(b"{"), gzip.compress(json.dumps({"strokes": [{}]}).encode())):
        (tmp_path / "wand_digit_strokes.json.gz").write_bytes(content)
        with pytest.raises(DataError, match="not the wand's strokes"):
            loaded("wand_strokes", tmp_path)
