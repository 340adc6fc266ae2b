"""What a proof leaves, with and without the tools for an emulated board."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest
from tflite_models import classifier

from tinykd import measure, storage
from tinykd.boards.tools import missing_tools
from tinykd.budget import Limits
from tinykd.tasks.proof import write_proof

FOUND = {"arena_bytes": 2000, "bit_exact": True}


@pytest.fixture
def run(tmp_path):
    return SimpleNamespace(
        out=tmp_path,
        recipe=SimpleNamespace(budget=Limits(model_bytes=50_000, arena_bytes=32_000)),
        reporter=SimpleNamespace(busy=lambda words: contextlib.nullcontext()),
    )


@pytest.mark.skipif(bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor")
def test_both_files_have_the_figures(run):
    write_proof(run, classifier(), FOUND)
    verified, budget = (storage.read_json(run.out / name) for name in ("verify.json", "budget.json"))
    assert verified["on_chip"] == budget["on_chip"]
    assert verified["on_chip"]["machine"] == "mps2-an386"
    assert verified["on_chip"]["bit_exact"] is True
    assert budget["measured"] == {"model_bytes": len(classifier()), "arena_bytes": 2000}


def test_without_the_tools_they_say_so(run, monkeypatch):
    monkeypatch.setattr(measure, "missing_tools", lambda: ["qemu-system-arm"])
    write_proof(run, classifier(), FOUND)
    for name in ("verify.json", "budget.json"):
        assert storage.read_json(run.out / name)["on_chip"] is None
