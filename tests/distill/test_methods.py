"""The contract that every row of METHODS keeps."""

import re

import pytest

from tinykd.distill.check import check_head, check_methods, method_params
from tinykd.distill.methods import METHODS
from tinykd.distill.ways import WAYS, table
from tinykd.errors import RecipeError
from tinykd.recipe import DistillSection
from tinykd.recipe_file import load_recipe


def test_unknown_methods_and_keys_name_what_is_known():
    with pytest.raises(RecipeError, match="unknown method 'hints'; known methods: attention_transfer, crd"):
        method_params("hints", {}, where="recipe [distill]")
    with pytest.raises(RecipeError, match="unknown key 'temprature'; known keys: temperature, until, warmup"):
        method_params("logits", {"temprature": 2}, where="recipe [distill]")
    with pytest.raises(RecipeError, match="temperature is 0; allowed: a number above 0"):
        method_params("logits", {"temperature": 0}, where="recipe [distill]")
    with pytest.raises(RecipeError, match="weight is True"):
        method_params("logits", {"weight": True}, where="recipe [distill]")


def test_parameters_of_a_method_that_nobody_asked_for_are_checked_too():
    section = DistillSection(methods=("time_axis",), params={"logits": {"weight": -1}})
    with pytest.raises(RecipeError, match="weight is -1; allowed: a number of 0 or more"):
        check_methods(section, where="recipe [distill]")


def test_shares_end_at_one():
    with pytest.raises(RecipeError, match=r"warmup is 1\.5; allowed: a share from 0 to 1"):
        method_params("dkd", {"warmup": 1.5}, where="recipe [distill]")


def test_a_student_without_labels_needs_a_method_that_says_what_is_right():
    with pytest.raises(RecipeError, match="labels = false, and no method says what is right"):
        check_methods(DistillSection(methods=("time_axis",), labels=False), where="recipe [distill]")


def test_a_teacher_up_to_a_tap_has_no_logits_to_give():
    check_methods(DistillSection(methods=("time_axis",), up_to="tap_1"), where="recipe [distill]")
    with pytest.raises(RecipeError, match="'logits' asks for logits, and up_to = 'tap_1' leaves them out"):
        check_methods(DistillSection(up_to="tap_1"), where="recipe [distill]")


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ({"methods": ("logits", "dkd")}, "and no method weighs frames; 'time_axis' among methods"),
        (
            {"methods": ("time_axis",), "up_to": "tap_1"},
            "and up_to puts a teacher without a phoneme head there",
        ),
        (
            {"generations": 2},
            "and generations puts a teacher without a phoneme head there; frames = 'activity'",
        ),
        ({"assistants": ({"channels": 4},)}, "and assistants puts a teacher without a phoneme head there"),
    ],
)
def test_frames_are_weighed_by_phonemes_only_where_a_head_is_asked(section, line):
    check_methods(DistillSection(frames="phonemes"), where="recipe [distill]")
    check_methods(DistillSection(frames="phonemes", methods=()), where="recipe [distill]")
    with pytest.raises(RecipeError, match=f"frames is 'phonemes', {re.escape(line)}"):
        check_methods(DistillSection(frames="phonemes", **section), where="recipe [distill]")


@pytest.mark.parametrize(
    ("recipe", "name"),
    [
        ("kws-study", "speech_commands"),
        ("gesture", "synthetic_strokes"),
        ("anomaly", "machine_vibration"),
        ("wakeword", "synthetic_wake"),
    ],
)
def test_a_head_wants_clips_whose_phonemes_are_known(recipe, name):
    check_head(load_recipe("kws", ["teacher.phonemes=0.3"]))
    check_head(load_recipe("kws-speech_commands", ["teacher.phonemes=0.3"]))  # made-up clips join it
    with pytest.raises(RecipeError, match=f"phonemes is 0.3, and nobody knows those of data set '{name}'"):
        check_head(load_recipe(recipe, ["teacher.phonemes=0.3"]))


def test_methods_and_ways_share_no_name_and_every_row_names_formula_and_source():
    assert not set(METHODS) & set(WAYS)
    assert len(table()) == len(METHODS) + len(WAYS)
    for row in [*METHODS.values(), *WAYS.values()]:
        assert all([row.description, row.formula, row.source])
        assert not row.description.endswith(".")


def test_a_way_is_settings_or_a_recipe_or_a_command():
    for row in WAYS.values():
        assert (row.settings is not None) + bool(row.recipe) + bool(row.command) == 1
        assert set(row.methods) <= set(METHODS)
