"""Every row of the distillation map by its public command, a few steps each, on real recordings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import complaint, tinykd

from tinykd.distill.methods import METHODS
from tinykd.distill.ways import WAYS, table

# The rows of the map of methods, with the names they have here.
ROWS = {
    "logits": ("logits",),
    "time-axis features": ("time_axis", "phonemes"),
    "fitnets": ("fitnets",),
    "attention transfer": ("attention_transfer",),
    "gram / FSP": ("gram", "fsp"),
    "contrastive (CRD)": ("crd",),
    "similarity (SP), relational (RKD)": ("similarity", "relational"),
    "decoupled (DKD)": ("dkd",),
    "DIST": ("dist",),
    "logit standardisation": ("standardised",),
    "self: be your own teacher": ("own_teacher",),
    "self: deep mutual learning": ("mutual",),
    "self: born-again": ("born_again",),
    "multi-teacher: average / learnable weights / per-sample choice / attention ensemble": (
        "teachers_average",
        "teachers_learned",
        "teachers_choice",
        "teachers_best",
        "teachers_attention",
    ),
    "cross-architecture": ("cross_architecture", "ofa"),
    "cross-modal": ("cross_modal", "cross_sensor", "fewer_axes", "raw_waveform"),
    "cross-domain": ("cross_domain", "cross_machine"),
    "low resolution": ("low_resolution",),
    "transfer set": ("transfer_set",),
    "layer-wise importance and learning rates": ("tap_weights", "tap_costs", "layer_rates"),
    "capacity analysis": ("capacity",),
    "progressive": ("progressive",),
    "cached teacher": ("cached_teacher",),
    "partial teacher": ("partial_teacher",),
    "federated distillation": ("federated",),
    "distillation inside QAT": ("inside_qat", "qat_alone"),
}
BESIDE = ("transfer", "score")  # the usual baseline, and the logits of a model without classes

# Ways that are whole runs of their own: the test of each, which must name its recipe or its command.
OTHER_TESTS = {
    "cross_modal": "test_teacher_sees_more.py",
    "cross_sensor": "test_teacher_sees_more.py",
    "fewer_axes": "test_teacher_sees_more.py",
    "raw_waveform": "test_teacher_sees_more.py",
    "cross_domain": "test_teacher_sees_more.py",
    "cross_machine": "test_teacher_sees_more.py",
    "low_resolution": "test_teacher_sees_more.py",
    "cached_teacher": "test_from_cache.py",
    "federated": "test_federated_run.py",
}
SPEECH = {"phonemes": "test_phoneme_run.py"}  # settings that want clips of words
HERE = ("transfer_set", "capacity", "progressive")

TENET = "{channels=4, stages=[1, 1], branches=1}"
TINY = (
    "synthetic.drawn_takes=0",
    "augment.views=1",
    f"teacher.params={TENET}",
    "teacher.members=1",
    "teacher.train.epochs=1",
    "student.params={channels=4, stages=[1, 1], branches=1}",
    "student.train.epochs=1",
    "quantise.scheme=ptq",
    "quantise.epochs=1",
    "quantise.calibration_clips=20",
)
WORDS = (
    "teacher.params={stem=4, channels=6, depth=3}",
    "student.params={stem=4, channels=4, depth=3}",
    "teacher.train.epochs=1",
    "student.train.epochs=1",
    "dataset.train_fraction=0.3",
    "augment.views=1",
)


def given(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--set", pair)]


def test_every_row_of_the_map_is_listed_and_every_name_is_of_a_row():
    named = [name for names in ROWS.values() for name in names]
    assert sorted([*named, *BESIDE]) == sorted(table())


def test_every_way_is_run_by_some_test():
    inside = {name for name, row in WAYS.items() if row.settings is not None}
    assert inside | set(OTHER_TESTS) | set(HERE) == set(WAYS)
    for name, file in OTHER_TESTS.items():
        text = Path(__file__).with_name(file).read_text(encoding="utf-8")
        assert (WAYS[name].recipe or WAYS[name].command.split()[1]) in text, name
    for name, file in SPEECH.items():
        assert f",{name}" in Path(__file__).with_name(file).read_text(encoding="utf-8"), name


@pytest.mark.slow
def test_every_loss_and_every_way_of_one_recipe_takes_a_few_steps_by_compare(tmp_path, packs):
    names = [name for name, row in METHODS.items() if "classes" in row.outputs]
    names += [name for name, row in WAYS.items() if row.settings is not None and name not in SPEECH]
    names.append("standardised+dkd+attention_transfer")
    arguments = ["compare", "gesture-imu_digits", "--methods", ",".join(names), "--seeds", "1", *given(*TINY)]
    arguments += ["--data-dir", packs / "gesture", "--out", tmp_path / "out"]
    done = tinykd(*arguments, cache=tmp_path / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert [cell["method"] for cell in said["cells"]] == ["student alone", *names]
    digests = {cell["method"]: cell["digest"] for cell in said["cells"]}
    assert len(set(digests.values())) == len(digests)
    models = {
        name: (tmp_path / "out" / "cells" / f"{name}-1.tflite").read_bytes() for name in ["alone", *names]
    }
    assert [name for name in names if models[name] == models["alone"]] == []  # each changed the student
    sizes = {name: len(data) for name, data in models.items() if "qat" not in name}
    assert len(set(sizes.values())) == 1, sizes  # exits, peers and connectors are gone
    assert f"| {names[0]} |" in (tmp_path / "out" / "compare.md").read_text()
    made = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "cells").iterdir()}
    again = tinykd(*arguments, cache=tmp_path / "cache")
    assert (again.returncode, again.stderr) == (0, "")
    assert made == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out" / "cells").iterdir()}


@pytest.mark.slow
def test_clips_without_labels_teach_by_what_the_teacher_says(tmp_path, packs):
    arguments = ["compare", "kws-transfer_set", "--methods", "logits", "--seeds", "1", *given(*WORDS)]
    arguments += ["--data-dir", packs / "kws_speech_commands", "--out", tmp_path / "out"]
    done = tinykd(*arguments, cache=tmp_path / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert [cell["method"] for cell in said["cells"]] == ["student alone", "logits"]


@pytest.mark.slow
def test_a_progressive_distillation_goes_from_stage_to_stage_or_says_why_not(tmp_path, packs):
    stages = "progressive.stages=[{channels=6, stages=[1, 1]}, {channels=4, stages=[1, 1]}]"
    arguments = ["progressive", "gesture-imu_digits", *given(*TINY, stages)]
    arguments += ["--data-dir", packs / "gesture"]
    done = tinykd(*arguments, "--out", tmp_path / "out", cache=tmp_path / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads((tmp_path / "out" / "progressive.json").read_text())
    assert [stage["name"] for stage in said["stages"]] == ["stage 1", "stage 2"]
    first, second = said["stages"]
    assert first["params"] > second["params"]
    assert second["ratio"] == said["teacher_params"] / second["params"]
    assert "Stopped: every stage was trained. The smallest stage above the floor" in done.stdout
    assert (tmp_path / "out" / "progressive.png").stat().st_size > 1000
    high = tinykd(
        *arguments, *given("progressive.floor=1.0"), "--out", tmp_path / "out", cache=tmp_path / "cache"
    )
    assert "Stopped: stage 1: " in high.stdout
    assert "below the floor of 100 %" in high.stdout
    none = tinykd("progressive", "gesture-imu_digits", cache=tmp_path / "cache")
    assert (
        complaint(none)
        == "recipe [progressive]: it has no stages; allowed: stages = [{ params of the student }, ...]"
    )


@pytest.mark.slow
def test_a_study_of_three_sizes_says_where_the_knee_is(tmp_path, packs):
    sizes = [
        f"study.sizes.{name}={{channels={count}, stages=[1, 1]}}"
        for name, count in (("s", 3), ("m", 5), ("l", 8))
    ]
    more = ("study.fractions=[1.0]", 'study.methods=[[], ["logits"]]')
    arguments = ["study", "gesture-imu_digits", "--seeds", "2", *given(*TINY, *sizes, *more)]
    done = tinykd(
        *arguments, "--data-dir", packs / "gesture", "--out", tmp_path / "out", cache=tmp_path / "cache"
    )
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "out" / "study.md").read_text()
    assert "Capacity: the knee is the size farthest above the straight line" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("methods", "says"),
    [
        ("hints", "unknown method 'hints'; known: alone, logits, "),
        ("cross_modal", "cross_modal is not a setting of one recipe; tinykd compare gesture-wand_pictures"),
        ("capacity", "capacity is not a setting of one recipe; tinykd study kws-study"),
        ("score", "method 'score' cannot teach a model of classes"),
    ],
)
def test_a_method_that_cannot_be_is_one_line(tmp_path, methods, says):
    done = tinykd("compare", "kws", "--methods", methods, cache=tmp_path)
    assert says in complaint(done)
