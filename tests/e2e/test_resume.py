"""Killed at any moment, a run goes on and ends in the same bytes; so does the same run elsewhere."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from command_line import RUN, killed_at, temporaries, tinykd

pytestmark = pytest.mark.slow

# Where a run is killed, one after the other: the start of a line of its output, and seconds after it.
MOMENTS = (
    ("synthetic speech, train: 0 of 216", 0.0),  # the processes that make clips are starting
    ("synthetic speech, train: 0 of 216", 2.0),  # they are at work
    ("augmented features: 216 of 432", 0.0),
    ("training teacher: 1 of 3", 0.0),
    ("training teacher: 3 of 3", 0.0),  # trained, perhaps not saved
    ("training no_kd: 1 of 3", 0.0),
    ("no_kd int8: converting", 0.0),
    ("teacher's outputs: 216 of 432", 0.0),
    ("training student: 1 of 3", 0.0),
    ("training int8: 1 of 2", 0.0),
    ("int8: converting", 0.0),
    ("TFLite Micro runs 36 test clips", 0.0),  # converted, not yet proven
)


def results(run: Path) -> dict[str, object]:
    """Everything a run says, without how long it took."""
    with (run / "history.csv").open(encoding="utf-8") as file:
        history = [{key: row[key] for key in row if key != "seconds"} for row in csv.DictReader(file)]
    names = ("metrics.json", "verify.json", "budget.json")
    return {"history": history} | {name: json.loads((run / name).read_text()) for name in names}


def assert_same_run(run: Path, other: Path) -> None:
    for name in ("model.tflite", ".stages/unslimmed.tflite", ".stages/no_kd.tflite", "recipe.lock.toml"):
        assert (run / name).read_bytes() == (other / name).read_bytes(), name
    assert results(run) == results(other)
    for path in (other / "c").iterdir():
        assert (run / "c" / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_run_killed_at_every_stage_ends_in_the_same_bytes(finished, tmp_path):
    run, cache = tmp_path / "run", tmp_path / "cache"
    seen: list[str] = []
    for start, delay_s in MOMENTS:
        seen += killed_at(
            lambda line, start=start: line.startswith(start), *RUN, "--out", run, cache=cache, delay_s=delay_s
        )
        for name in ("metrics.json", "verify.json"):  # never there before the proof
            assert not (run / name).exists()
    assert "training teacher: 1 of 3" in "\n".join(seen)
    done = tinykd(*RUN, "--out", run, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert "training" not in done.stdout  # every epoch was done before the last kill
    assert_same_run(run, finished.folder)
    assert temporaries(run, cache) == []


def test_the_same_recipe_in_another_place_gives_the_same_bytes(finished, tmp_path):
    done = tinykd(*RUN, "--out", tmp_path / "run", cache=tmp_path / "cache", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert_same_run(tmp_path / "run", finished.folder)


def test_another_seed_gives_other_bytes(finished, tmp_path):
    # Of the same clips; all that follows is another's.
    cache = shutil.copytree(finished.cache, tmp_path / "cache")
    arguments = (*RUN, "--set", "seed=2", "--out", tmp_path / "run")
    killed_at(lambda line: line.startswith("training student: 1"), *arguments, cache=cache)
    other = (tmp_path / "run" / ".stages" / "no_kd.tflite").read_bytes()
    assert other != (finished.folder / ".stages" / "no_kd.tflite").read_bytes()
