"""`tinykd run gesture`, shrunk: the whole way, and a person's own recordings after it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, tinykd
from on_a_board import heard, needs_tools

pytestmark = pytest.mark.slow

SETS = (
    "synthetic.train_takes_per_class=12",
    "synthetic.validation_takes_per_class=4",
    "synthetic.test_takes_per_class=5",
    "dataset.classes=['circle', 'swipe_left', 'none']",
    "augment.views=2",
    "teacher.train.epochs=3",
    "teacher.train.batch=16",
    "teacher.params={channels=8, stages=[1, 1]}",
    "student.train.epochs=3",
    "student.train.batch=16",
    "student.params={channels=8, stages=[1, 1]}",
    "quantise.epochs=1",
    "quantise.calibration_clips=20",
    "detection.probability=0.5",
    "detection.smooth_hops=1",
)
RUN = ("run", "gesture", *(word for pair in SETS for word in ("--set", pair)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("gesture")
    done = tinykd(*RUN, "--out", root / "run", cache=root / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    return root


def write_recording(path: Path, seed: int, *, scale: float = 9.81) -> None:
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = rng.normal(0, 0.3, (160, 6)) + np.array([0, scale, 0, 0, 0, 0])
    lines = [f"{20 * place}," + ",".join(f"{value:.4f}" for value in row) for place, row in enumerate(rows)]
    path.write_text("\n".join(["time_ms,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z", *lines]))


def test_the_run_is_proven_names_its_split_and_exports_its_front_end(run):
    metrics = json.loads((run / "run" / "metrics.json").read_text())
    verified = json.loads((run / "run" / "verify.json").read_text())
    assert (metrics["task"], metrics["classes"]) == ("gesture", ["circle", "swipe_left", "none"])
    assert metrics["split_rule"].startswith("by person: made-up people")
    assert (verified["bit_exact"], verified["samples"], metrics["test"]["n"]) == (True, 15, 15)
    settings = (run / "run" / "c" / "gesture_settings.h").read_text()
    for name, value in (("RATE_HZ", "50"), ("FRAME_SAMPLES", "2"), ("ACC_SCALE", "5.0f")):
        assert f"{name} {value}" in settings or f"{name} ({value})" in settings, settings
    budget = json.loads((run / "run" / "budget.json").read_text())
    assert budget["limits"] == {"model_bytes": 30_000, "arena_bytes": 16_000}


def test_predict_and_evaluate_take_a_persons_own_recordings(run, tmp_path):
    for seed, name in enumerate(("circle", "swipe_left", "none")):
        for take in range(5):
            write_recording(tmp_path / "mine" / name / f"{take}.csv", 10 * seed + take)
    done = tinykd("predict", run / "run", tmp_path / "mine" / "none" / "0.csv", "--json", cache=run / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert {row["class"] for row in rows} == {"circle", "swipe_left", "none"}
    assert sum(row["probability"] for row in rows) == pytest.approx(1.0, abs=1e-5)  # float32 softmax
    done = tinykd("evaluate", run / "run", "--data-dir", tmp_path / "mine", "--json", cache=run / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["dataset"], found["test"]["n"], found["runtime"]) == ("imu_folder", 3, "tflite-micro")


@needs_tools
def test_a_board_detects_real_gestures_as_python_does(run, takes_csv, tmp_path):
    heard(run / "run", takes_csv, out=tmp_path, cache=run / "cache")


def test_recordings_that_cannot_be_used_are_one_line(run, tmp_path):
    folder = tmp_path / "mine"
    for take in range(5):
        write_recording(folder / "wave" / f"{take}.csv", take)
    arguments = ("run", "gesture", "--dataset", "imu_folder", "--data-dir", folder, "--out", tmp_path / "out")
    assert "it has recordings of 1 class" in complaint(tinykd(*arguments, cache=tmp_path / "cache"))
    for take in range(5):
        write_recording(folder / "tap" / f"{take}.csv", take, scale=1.0 if take == 3 else 9.81)
    assert "tap/3.csv: its acceleration is" in complaint(tinykd(*arguments, cache=tmp_path / "cache"))
    write_recording(tmp_path / "g.csv", 1, scale=1.0)
    line = complaint(tinykd("predict", run / "run", tmp_path / "g.csv", cache=run / "cache"))
    assert "m/s^2 with gravity" in line
    line = complaint(tinykd("run", "gesture", "--dataset", "fsdd", cache=tmp_path / "cache"))
    assert line.startswith("--dataset: unknown data set 'fsdd'; allowed: imu_digits, imu_folder")
