"""Teachers that see something else than their students, shrunk, on real recordings: the whole way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import SHRUNK, complaint, tinykd

from tinykd.recipe_file import load_recipe

pytestmark = pytest.mark.slow

TENET = ("student.model=tenet", "student.params={channels=8, stages=[1, 1]}")
BRIEF = (
    "augment.views=2",
    "teacher.members=1",
    "teacher.train.epochs=2",
    "student.train.epochs=2",
    "quantise.epochs=1",
    "quantise.calibration_clips=50",
)
SPOKEN = tuple(pair for pair in SHRUNK if not pair.startswith("synthetic."))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A recipe, how it is shrunk, where its data is, and the shapes that student and teacher must have."""

    recipe: str
    settings: tuple[str, ...]
    pack: str
    student: tuple[int, ...]
    teacher: tuple[int, ...]


CASES = (
    Case(
        recipe="gesture-accelerometer",
        settings=(
            *BRIEF,
            *TENET,
            "dataset.hop_ms=2000",
            "teacher.model=tenet",
            "teacher.params={channels=8, stages=[1, 1]}",
        ),
        pack="gesture",
        student=(50, 3),
        teacher=(50, 6),
    ),
    Case(
        recipe="gesture-wand_pictures",
        settings=(*BRIEF, *TENET, "teacher.params={widths=[6, 8]}"),
        pack="gesture",
        student=(50, 4),
        teacher=(32, 32),
    ),
    Case(
        recipe="anomaly-one_axis",
        settings=("augment.views=2", "student.train.epochs=1"),
        pack="anomaly",
        student=(15, 5),
        teacher=(15, 15),
    ),
    Case(
        recipe="anomaly-other_speed",
        settings=("augment.views=2", "student.train.epochs=1"),
        pack="anomaly",
        student=(15, 15),
        teacher=(15, 15),
    ),
    Case(
        recipe="kws-8khz",
        settings=(*SPOKEN, "dataset.synthetic_clips=0", "dataset.train_fraction=0.05", "teacher.members=1"),
        pack="kws_speech_commands",
        student=(33, 24),
        teacher=(49, 40),
    ),
    Case(
        recipe="kws-waveform",
        settings=(
            *(pair for pair in SPOKEN if not pair.startswith("student.")),
            "student.train.epochs=2",
            "student.params={filters=8, stride=16, widths=[12, 16], strides=[4, 4]}",
            "dataset.synthetic_clips=0",
            "dataset.train_fraction=0.05",
            "teacher.members=1",
        ),
        pack="kws_speech_commands",
        student=(100, 80),
        teacher=(49, 40),
    ),
    Case(
        recipe="kws-far",
        settings=(*SPOKEN, "dataset.synthetic_clips=0", "dataset.train_fraction=0.05", "teacher.members=1"),
        pack="kws_speech_commands",
        student=(49, 40),
        teacher=(49, 40),
    ),
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """One cache for all: the two on speech unpack the same archives."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.recipe)
def test_a_student_is_proven_and_measured_again_by_what_it_sees_itself(case, cache, packs, tmp_path):
    from tinykd._keras import keras
    from tinykd.models import density, prototypes  # register their layers

    assert density.Distances
    assert prototypes.Mirror
    out = tmp_path / "run"
    sets = [word for pair in case.settings for word in ("--set", pair)]
    done = tinykd("run", case.recipe, *sets, "--data-dir", packs / case.pack, "--out", out, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    metrics = json.loads((out / "metrics.json").read_text())
    assert json.loads((out / "verify.json").read_text())["bit_exact"] is True
    shapes = [keras.models.load_model(out / f"{name}.keras", compile=False).input_shape[1:]
              for name in ("student", "teacher")]  # fmt: skip
    assert [tuple(size for size in shape if size != 1) for shape in shapes] == [case.student, case.teacher]
    assert load_recipe(str(out / "recipe.lock.toml")).teacher.sees
    done = tinykd("evaluate", out, "--data-dir", packs / case.pack, "--json", cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    again, first = json.loads(done.stdout)["test"], metrics["test"]["student_int8"]
    if case.pack == "anomaly":
        assert again["all"] == first["all"]
        return
    assert again["n"] == metrics["test"]["n"]
    # An 8 kHz recorder cuts its silences elsewhere than a 16 kHz one: a tenth of the clips may differ.
    close = 0.1 if case.recipe in ("kws-8khz", "kws-waveform") else 0.0
    assert again["accuracy"] == pytest.approx(first["accuracy"], abs=close)


def test_a_teacher_that_cannot_see_so_is_refused_before_any_work(cache, tmp_path):
    bad = "teacher.sees.dataset.words=['on']"
    done = tinykd("run", "kws", "--set", bad, "--out", tmp_path / "run", cache=cache)
    assert complaint(done).startswith("--set teacher.sees.dataset.words: unknown key 'words'; ")
    bad = "teacher.sees.features.high_hz=9000"
    done = tinykd("run", "kws-8khz", "--set", bad, "--out", tmp_path / "run", cache=cache)
    assert "[teacher.sees]" in complaint(done)
    assert not (tmp_path / "run").exists()
