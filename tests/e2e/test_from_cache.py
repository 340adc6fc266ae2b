"""`tinykd cache-teacher`, then `tinykd distill --from-cache` where no teacher is; real recordings."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import complaint, temporaries, tinykd, tree_of
from test_resume import results

pytestmark = pytest.mark.slow

# Digits drawn with a phone, every stage, in seconds.
SETS = (
    "synthetic.drawn_takes=0",
    "augment.views=2",
    "teacher.params={channels=8, stages=[1, 1]}",
    "teacher.train.epochs=2",
    "teacher.train.batch=64",
    "student.params={channels=8, stages=[1, 1]}",
    "student.train.epochs=2",
    "student.train.batch=64",
    "quantise.epochs=1",
    "quantise.calibration_clips=20",
    'distill.methods=["logits", "time_axis"]',  # what asks for all that a cache holds
)
TAPS_ALONE = ('distill.methods=["time_axis"]', "teacher.members=1")
FILES = ("model.tflite", "recipe.lock.toml", ".stages/unslimmed.tflite", ".stages/no_kd.tflite")


def recipe(*changes: str) -> tuple[str, ...]:
    return "gesture-imu_digits", *(word for pair in (*SETS, *changes) for word in ("--set", pair))


def same_model(run: Path, other: Path) -> None:
    """The two runs are alike but for where the teacher is."""
    for name in FILES:
        assert (run / name).read_bytes() == (other / name).read_bytes(), name
    for path in (other / "c").iterdir():
        assert (run / "c" / path.name).read_bytes() == path.read_bytes(), path.name
    here, there = results(run), results(other)
    assert there["metrics.json"].pop("teacher_cache")["made_by"].startswith("tinykd ")
    assert here == there
    assert not list(other.rglob("teacher*.keras"))


@pytest.fixture(scope="module")
def data(packs) -> Path:
    return packs / "gesture"


@pytest.fixture(scope="module")
def taught(tmp_path_factory, data) -> Path:
    """A run with its teachers, and beside it the cache of what they say."""
    root = tmp_path_factory.mktemp("taught")
    done = tinykd("run", *recipe(), "--data-dir", data, "--out", root / "run", cache=root / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    said = tinykd(
        "cache-teacher", root / "run", "--data-dir", data, "--out", root / "teacher.d", cache=root / "cache"
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert "training" not in said.stdout
    assert "2 x 2 x 280 x 10" in said.stdout  # two teachers, two views of the training takes, ten classes
    return root


def test_a_student_without_a_teacher_at_hand_is_the_same_to_the_byte(taught, data, tmp_path):
    cache = shutil.copytree(taught / "teacher.d", tmp_path / "teacher.d")
    options = ("--from-cache", cache, "--data-dir", data, "--out", tmp_path / "run")
    done = tinykd("distill", *recipe(), *options, cache=tmp_path / "cache", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The teacher is elsewhere" in done.stdout
    assert "teacher's outputs" not in done.stdout
    same_model(taught / "run", tmp_path / "run")
    assert not (tmp_path / "cache" / "teachers").exists()
    again = tinykd("distill", *recipe(), *options, cache=tmp_path / "cache", cwd=tmp_path)
    assert (again.returncode, again.stderr) == (0, "")
    assert "training" not in again.stdout


def test_a_cache_of_something_else_is_refused_by_what_differs(taught, data, tmp_path):
    cache = shutil.copytree(taught / "teacher.d", tmp_path / "teacher.d")

    def refused(*changes: str, data_dir: Path = data) -> str:
        options = ("--from-cache", cache, "--data-dir", data_dir, "--out", tmp_path / "run")
        return complaint(tinykd("distill", *recipe(*changes), *options, cache=taught / "cache"))

    for changes, line in (
        (["teacher.train.epochs=3"], "for another teacher ("),
        (["features.frame_ms=90"], "for another front end ("),
        (["augment.scale=[0.9, 1.1]"], "for another augmentation ("),
        (["seed=2"], "for another seed (seed 1, here 2)"),
        (["distill.tap_channels=4"], "for another tap channels (tap_channels 32, here 4)"),
        (["dataset.train_fraction=0.5"], "for another data ("),
    ):
        assert f"{cache}: it was made {line}" in refused(*changes)
    assert "start is 'teacher', and a cache has no weights" in refused('distill.start="teacher"')
    assert "no method asks a teacher" in refused("distill.methods=[]")
    assert not (tmp_path / "run" / "model.tflite").exists()


def test_a_damaged_or_foreign_cache_is_one_line(taught, data, tmp_path):
    def refused(folder: Path) -> str:
        options = ("--from-cache", folder, "--data-dir", data, "--out", tmp_path / "run")
        before = tree_of(tmp_path)
        line = complaint(tinykd("distill", *recipe(), *options, cache=tmp_path / "cache"))
        assert tree_of(tmp_path) == before
        return line

    assert refused(tmp_path / "none.d").startswith(f"{tmp_path}/none.d: it has no manifest.json; allowed: ")
    assert "it has no manifest.json" in refused(taught / "run")
    for name, change, line in (
        ("tap_1.npy", lambda content: content[:-3], "tap_1.npy: the file is damaged: it has "),
        ("logits.npy", lambda content: content[:-3] + b"\1\2\3", "its checksum is not the manifest's; "),
        ("manifest.json", lambda content: content[:-30], "manifest.json: the file is damaged: it is no JSON"),
        ("manifest.json", lambda content: b"{}", "manifest.json: it is no teacher cache; allowed: "),
    ):
        cache = shutil.copytree(taught / "teacher.d", tmp_path / "teacher.d")
        (cache / name).write_bytes(change((cache / name).read_bytes()))
        assert line in refused(cache)
        shutil.rmtree(cache)


def test_a_teacher_up_to_a_tap_teaches_the_same_here_and_elsewhere(data, tmp_path):
    own, run = tmp_path / "cache", tmp_path / "runs" / "gesture-imu_digits"
    one = ("--up-to", "tap_0", "--data-dir", data)
    whole = tinykd("cache-teacher", *recipe(), *one, "--out", tmp_path / "t.d", cache=own, cwd=tmp_path)
    assert "method 'logits' asks for logits, and up_to = 'tap_0' leaves them out" in complaint(whole)
    asked = recipe(*TAPS_ALONE)
    said = tinykd("cache-teacher", *asked, *one, "--out", tmp_path / "t.d", cache=own, cwd=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "t.d").iterdir()} == {
        *("manifest.json", "tap_0.npy", "tap_0_directions.npy")
    }
    asked = recipe(*TAPS_ALONE, 'distill.up_to="tap_0"')
    done = tinykd("run", *asked, "--data-dir", data, cache=own, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "training teacher" not in done.stdout  # the run has it already
    options = ("--from-cache", tmp_path / "t.d", "--data-dir", data, "--out", tmp_path / "other")
    done = tinykd("distill", *asked, *options, cache=own)
    assert (done.returncode, done.stderr) == (0, "")
    same_model(run, tmp_path / "other")
    assert temporaries(tmp_path) == []


def test_anomaly_scores_are_cached_with_all_that_a_student_starts_from(tmp_path):
    from test_anomaly_run import RUN

    own, changes = tmp_path / "cache", RUN[2:]
    assert tinykd(*RUN, "--out", tmp_path / "run", cache=own).returncode == 0
    said = tinykd("cache-teacher", tmp_path / "run", "--out", tmp_path / "teacher.d", cache=own)
    assert (said.returncode, said.stderr) == (0, "")
    names = {path.name for path in (tmp_path / "teacher.d").glob("beside_*")}
    assert {"beside_validation.npy", "beside_test.npy", "beside_means.npy"} <= names
    (tmp_path / "run" / "teacher.keras").rename(tmp_path / "gone.keras")
    options = ("--from-cache", tmp_path / "teacher.d", "--out", tmp_path / "other")
    done = tinykd("distill", "anomaly", *changes, *options, cache=own)
    assert (done.returncode, done.stderr) == (0, "")
    model = (tmp_path / "other" / "model.tflite").read_bytes()
    assert model == (tmp_path / "run" / "model.tflite").read_bytes()
    here, there = (json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("run", "other"))
    del there["teacher_cache"]
    assert here == there
