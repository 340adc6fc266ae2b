"""A teacher with a phoneme head, on made-up speech and beside real clips, by the public commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, tinykd

pytestmark = pytest.mark.slow

SMALL = (
    "synthetic.train_clips_per_word=8",
    "synthetic.validation_clips_per_word=3",
    "synthetic.test_clips_per_word=3",
    "augment.views=2",
    "teacher.params={stem=8, channels=8, depth=3}",
    "teacher.train.epochs=3",
    "teacher.train.batch=32",
    "student.params={stem=4, channels=4, depth=3}",
    "student.train.epochs=2",
    "student.train.batch=32",
    "quantise.calibration_clips=20",
)
ASKED = ("distill.methods=['time_axis']", "distill.frames=phonemes")


def given(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--set", pair)]


RUN = ("kws-phonemes", *given(*SMALL, *ASKED))


@pytest.fixture(scope="module")
def taught(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("phonemes")
    done = tinykd("run", *RUN, "--out", root / "run", cache=root / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    return root


def test_a_run_keeps_the_head_and_says_how_far_to_trust_it(taught):
    run = taught / "run"
    assert np.load(run / "teacher_phonemes.npy").shape == (9, 41)
    said = json.loads((run / "metrics.json").read_text())["phonemes"]
    assert said["frames"] == 36 * 49
    assert 0.3 < said["none"] < 0.8
    assert all(0.0 <= said[key] <= 1.0 for key in ("accuracy", "presence"))
    (frames,) = (taught / "cache" / "teachers").glob("*/frames.npy")
    sure = np.load(frames)
    assert sure.shape == (2, 96, 25)
    assert 0.0 <= sure.min() < sure.max() <= 1.0


def test_nothing_is_done_again_and_a_damaged_head_is_made_again(taught, tmp_path):
    run = shutil.copytree(taught / "run", tmp_path / "run")
    again = tinykd("run", *RUN, "--out", run, cache=taught / "cache")
    assert (again.returncode, again.stderr) == (0, "")
    assert "training" not in again.stdout
    before = (run / "teacher_phonemes.npy").read_bytes()
    (run / "teacher_phonemes.npy").write_bytes(before[:-9])
    done = tinykd("run", *RUN, "--out", run, cache=taught / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    assert (run / "teacher_phonemes.npy").read_bytes() == before


def test_a_cache_carries_what_the_head_says(taught, tmp_path):
    cache, other = tmp_path / "teacher.d", tmp_path / "run"
    said = tinykd("cache-teacher", taught / "run", "--out", cache, cache=taught / "cache")
    assert (said.returncode, said.stderr) == (0, "")
    done = tinykd("distill", *RUN, "--from-cache", cache, "--out", other, cache=taught / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("model.tflite", "recipe.lock.toml", ".stages/no_kd.tflite"):
        assert (other / name).read_bytes() == (taught / "run" / name).read_bytes()
    metrics = [json.loads((folder / "metrics.json").read_text()) for folder in (taught / "run", other)]
    assert metrics[0]["phonemes"] == metrics[1]["phonemes"]
    assert not list(other.rglob("teacher*.*y"))
    (cache / "frames.npy").write_bytes((cache / "frames.npy").read_bytes()[:-3])
    line = complaint(tinykd("distill", *RUN, "--from-cache", cache, "--out", other, cache=taught / "cache"))
    assert "frames.npy: the file is damaged: it has " in line


def test_a_comparison_puts_phonemes_beside_energy_and_nothing_else_differs(taught, tmp_path):
    arguments = ["compare", "kws-phonemes", "--methods", "time_axis,phonemes", "--seeds", "1", *given(*SMALL)]
    done = tinykd(*arguments, "--out", tmp_path, cache=taught / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads((tmp_path / "compare.json").read_text())
    assert [cell["method"] for cell in said["cells"]] == ["student alone", "time_axis", "phonemes"]
    assert len(said["teachers"]) == 1  # one for both
    models = {
        (tmp_path / "cells" / f"{name}-1.tflite").read_bytes() for name in ("alone", "time_axis", "phonemes")
    }
    assert len(models) == 3
    assert len(list((tmp_path / "teachers").iterdir())) == 1
    assert "- Its phoneme head is right about the sound of " in (tmp_path / "compare.md").read_text()


def test_a_head_learnt_from_made_up_clips_weighs_real_ones(tmp_path, packs):
    real = (
        "dataset.synthetic_clips=3",
        "dataset.train_fraction=0.05",
        "teacher.members=1",
        "teacher.phonemes=0.3",
        "quantise.scheme=ptq",
    )
    small = [pair for pair in SMALL if not pair.startswith("synthetic.")]
    done = tinykd(
        *("run", "kws-speech_commands", *given(*small, *ASKED, *real)),
        *("--data-dir", packs / "kws_speech_commands", "--out", tmp_path / "run"),
        cache=tmp_path / "cache",
    )
    assert (done.returncode, done.stderr) == (0, "")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert "phonemes" not in metrics  # nobody knows those of the validation clips
    (labels,) = (tmp_path / "cache" / "phonemes").glob("*/train.npy")
    unknown = (np.load(labels)[0] == 255).all(axis=1)
    words = sum(not name.startswith("_") for name in metrics["classes"])
    assert (~unknown).sum() == 3 * words + round(3 * 2.5)  # the made-up ones
    (frames,) = (tmp_path / "cache" / "teachers").glob("*/frames.npy")
    assert np.load(frames)[0, unknown].std() > 0


@pytest.mark.parametrize(
    ("recipe", "changes", "line"),
    [
        ("kws-study", ["teacher.phonemes=0.3"], "nobody knows those of data set 'speech_commands'; 0, or"),
        ("anomaly", ["teacher.phonemes=0.3"], "nobody knows those of data set 'machine_vibration'; 0, or"),
        ("kws", ["distill.frames=phonemes"], "frames is 'phonemes', and [teacher] phonemes is 0; frames ="),
        ("kws-phonemes", ["teacher.phonemes=-1.0"], "is -1.0; allowed: a number from 0 up"),
    ],
)
def test_what_cannot_be_is_one_line(tmp_path, recipe, changes, line):
    assert line in complaint(tinykd("run", recipe, *given(*changes), cache=tmp_path, cwd=tmp_path))
