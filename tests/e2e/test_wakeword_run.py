"""`tinykd run wakeword`, shrunk: the whole way, and recordings after it."""

from __future__ import annotations

import json
import shutil
import wave

import numpy as np
import pytest
from command_line import complaint, tinykd, wav_bytes
from on_a_board import heard, needs_tools

from tinykd.detection.detector import Detector, smoothed
from tinykd.inference import open_finished

pytestmark = pytest.mark.slow

SETS = (
    'dataset.phrase="lamp on"',
    "synthetic.train_phrases=40",
    "synthetic.validation_phrases=10",
    "synthetic.test_phrases=10",
    "synthetic.train_hours=0.04",
    "synthetic.validation_hours=0.03",
    "synthetic.test_hours=0.03",
    "synthetic.near_hours=0.006",
    "mining.epochs=2",
    "mining.clips=20",
    "augment.views=2",
    "teacher.params={stem=8, first_kernel=[3, 3], widths=[12, 16], strides=[2, 1]}",
    "teacher.train.epochs=2",
    "student.params={stem=6, first_kernel=[3, 3], widths=[8, 12], strides=[2, 1]}",
    "student.train.epochs=3",
    "student.train.batch=32",
    "quantise.epochs=1",
    "quantise.calibration_clips=30",
)
RUN = ("run", "wakeword", *(word for pair in SETS for word in ("--set", pair)))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("wakeword")
    done = tinykd(*RUN, "--out", root / "run", cache=root / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    return root


def test_the_run_is_judged_on_streams_and_exports_its_detector(run):
    metrics = json.loads((run / "run" / "metrics.json").read_text())
    found = json.loads((run / "run" / "detection.json").read_text())
    assert (metrics["task"], metrics["classes"]) == ("wakeword", ["lamp on", "_unknown_"])
    test = found["model"]["test"]
    assert test["phrases"] == metrics["test"]["n"] == 10
    assert test["hours"] == pytest.approx(0.0278, abs=1e-3)  # 5 scenes of 20 s
    assert test["accepts"] == sum(test["accepts_by_kind"].values())
    assert 0 <= test["rejects"] <= 1
    assert test["near"]["phrases"] > 5
    detector = Detector(**found["model"]["detector"])
    settings = (run / "run" / "c" / "wakeword_settings.h").read_text()
    for name, value in detector.settings().items():
        shown = str(value) if value >= 0 else f"({value})"
        assert f"DECISION_{name.upper()} {shown}\n" in settings
    assert (run / "run" / "det.png").stat().st_size > 5_000


def test_every_epoch_of_the_second_half_was_judged_and_the_best_is_one_of_them(run):
    rows = (run / "run" / "history.csv").read_text().splitlines()
    head = rows[0].split(",")
    student = [dict(zip(head, row.split(","), strict=True)) for row in rows[1:] if row.startswith("student,")]
    assert [bool(row["val_judged"]) for row in student] == [False, True, True]
    assert any(row["best"] == "1.0" for row in student[1:])


def test_listen_hears_a_stream_as_long_as_it_is(run, tmp_path):
    rng = np.random.default_rng(1)
    path = tmp_path / "noise.wav"
    path.write_bytes(wav_bytes(rng.integers(-300, 300, 5 * 16000)))
    done = tinykd("listen", run / "run", path, "--json", cache=run / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    for row in json.loads(done.stdout):
        assert 1.2 <= row["second"] <= 5.0
    with wave.open(str(path)) as file:
        assert file.getnframes() == 80_000


@needs_tools
def test_a_board_hears_a_real_wake_word_as_python_does(run, wake_wav, tmp_path):
    """With a threshold that a tenth of the hops reach: after few epochs a model hears next to nothing."""
    shutil.copytree(run / "run", tmp_path / "run")
    task, finished = open_finished(tmp_path / "run")
    scores, detector = task._scores(finished, wake_wav)
    path = tmp_path / "run" / "detection.json"
    found = json.loads(path.read_text())
    lower = int(np.quantile(smoothed(scores, detector.smooth_hops), 0.9))
    found["model"]["detector"]["threshold"] = lower
    path.write_text(json.dumps(found))
    heard(tmp_path / "run", wake_wav, out=tmp_path / "out", cache=run / "cache")


def test_evaluate_takes_recordings_of_the_phrase(run, tmp_path):
    rng = np.random.default_rng(2)
    for word, count in (("lamp_on", 60), ("other", 20)):
        for number in range(count):
            path = tmp_path / "mine" / word / f"{number}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wav_bytes(rng.integers(-3000, 3000, 16000)))
    done = tinykd("evaluate", run / "run", "--data-dir", tmp_path / "mine", "--json", cache=run / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    test = json.loads(done.stdout)["test"]
    assert test["phrases"] >= 5
    assert test["hours_by_kind"]["recorded words"] > 0
    assert "no_kd" in test


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('dataset.phrase=""', "dataset.phrase: an empty phrase; a word or phrase of at least one letter"),
        ('dataset.phrase="你好"', "which English voices cannot say"),
        ("detection.hop_ms=110", "[detection] hop_ms: 110 ms is no multiple of the front end's hop of 20 ms"),
        ('features.normalise="clip"', "[features] normalise: 'clip' wants a whole clip"),
        ("detection.smooth_hops=[]", "smooth_hops"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, setting, said):
    done = tinykd("run", "wakeword", "--set", setting, "--out", tmp_path / "o", cache=tmp_path / "cache")
    assert done.returncode == 2
    assert said in complaint(done)


def test_too_few_recordings_are_said_before_anything_is_made(tmp_path):
    for number in range(7):
        path = tmp_path / "mine" / "hey_computer" / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wav_bytes(np.full(16000, number)))
    arguments = ("run", "wakeword", "--dataset", "wake_recordings", "--data-dir", tmp_path / "mine")
    done = tinykd(*arguments, "--out", tmp_path / "o", cache=tmp_path / "cache")
    assert done.returncode == 2
    assert "recordings of 'hey computer' for" in complaint(done)
