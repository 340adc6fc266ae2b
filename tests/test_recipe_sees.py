"""What a teacher may see otherwise than its student, and what is said when it cannot."""

from __future__ import annotations

import pytest

from tinykd.errors import RecipeError
from tinykd.recipe import FeatureSection
from tinykd.recipe_file import load_recipe
from tinykd.recipe_gesture import ImuFeatures
from tinykd.recipe_sees import SEES, recorded_recipe, teacher_recipe
from tinykd.recipe_tasks import TASK_RECIPES

ACC = "dataset.channels=['acc_x', 'acc_y', 'acc_z']"


def test_every_task_says_what_its_teachers_may_see_and_each_key_is_one_of_its_recipe():
    assert set(SEES) == set(TASK_RECIPES)
    for task, sections in SEES.items():
        for name, keys in sections.items():
            assert set(keys) <= set(type(getattr(TASK_RECIPES[task](), name)).model_fields), (task, name)
    assert set(SEES["kws"]["features"]) == set(FeatureSection.model_fields)
    assert set(SEES["gesture"]["features"]) == set(ImuFeatures.model_fields)


def test_without_it_the_teacher_sees_what_its_student_sees():
    recipe = load_recipe("kws")
    assert recorded_recipe(recipe) is recipe
    assert teacher_recipe(recipe) is recipe


def test_the_teachers_recipe_is_the_students_with_its_own_keys_over_it():
    recipe = load_recipe("kws-8khz", ["teacher.sees.augment.noise_chance=0.0"])
    teacher = teacher_recipe(recipe)
    assert (recipe.dataset.sample_rate_hz, teacher.dataset.sample_rate_hz) == (8000, 16000)
    assert (recipe.features.mel_bins, teacher.features.mel_bins) == (24, 40)
    assert (recipe.augment.noise_chance, teacher.augment.noise_chance) == (0.3, 0.0)
    assert teacher.features.window_ms == recipe.features.window_ms == 40
    # What is loaded is the wider recording; how it is heard stays each side's own.
    assert recorded_recipe(recipe).dataset == teacher.dataset
    assert recorded_recipe(recipe).features == recipe.features
    assert teacher_recipe(teacher) == teacher


def test_the_one_window_of_a_recording_is_chosen_by_what_the_device_has():
    recipe = load_recipe("gesture", [ACC, "features.kind=aligned", "teacher.sees.dataset.channels=[]"])
    assert recorded_recipe(recipe).dataset.channels == ()
    assert recorded_recipe(recipe).dataset.moves_in == ("acc_x", "acc_y", "acc_z")


OTHERWISE = "a teacher can see otherwise: "
LESS = "less than its student sees; allowed: "


@pytest.mark.parametrize(
    ("task", "settings", "said"),
    [
        ("kws", ["model.x=1"], f"model.x: unknown key 'model'; {OTHERWISE}augment, dataset, features"),
        ("kws", ["dataset.words=['a']"], f"dataset.words: unknown key 'words'; {OTHERWISE}place, sample"),
        ("kws", ["augment.speed=[1.0, 1.0]"], "augment.speed: unknown key 'speed'"),
        ("kws", ["features.mel_bins=0"], "features.mel_bins: is 0; allowed: a whole number above 0"),
        ("kws", ["features.kind=wavelets"], "features.kind: is 'wavelets'; allowed: log_mel, mfcc"),
        ("kws", ["augment.gain_db=[3.0, 1.0]"], "augment.gain_db: is [3.0, 1.0]; allowed: a list of two"),
        ("kws", ["dataset=3"], "dataset: is a whole number; allowed: a table"),
        (
            "kws",
            ["dataset.sample_rate_hz=8000"],
            f"sample_rate_hz: is 8000, {LESS}dataset.sample_rate_hz, 16000, or more",
        ),
        (
            "gesture",
            ["dataset.rate_hz=75"],
            f"rate_hz: is 75, {LESS}dataset.rate_hz, 50, times a whole number",
        ),
        (
            "gesture",
            ["dataset.channels=['acc_x']"],
            f"channels: is [acc_x], {LESS}dataset.channels names the student's",
        ),
        (
            "gesture-accelerometer",
            ["dataset.channels=['acc_x']"],
            f"channels: is [acc_x], {LESS}acc_x, acc_y, acc_z and others, or [] for all",
        ),
        ("anomaly", ["features.bands=16"], f"features.bands: unknown key 'features'; {OTHERWISE}dataset"),
        ("wakeword", ["dataset.sample_rate_hz=48000"], "unknown key 'dataset'"),
    ],
)
def test_what_it_cannot_see_is_refused_by_name(task, settings, said):
    with pytest.raises(RecipeError) as refused:
        load_recipe(task, [f"teacher.sees.{setting}" for setting in settings])
    assert said in str(refused.value)


def test_a_file_is_named_with_its_section(tmp_path):
    path = tmp_path / "my.toml"
    path.write_text("base = 'kws'\n[teacher.sees.features]\nbins = 3\n")
    with pytest.raises(RecipeError, match=r"^my\.toml \[teacher\.sees\.features\]: unknown key 'bins'; "):
        load_recipe(str(path))
    path.write_text("base = 'kws'\n[teacher.sees.features]\nmel_bins = 'many'\n")
    with pytest.raises(RecipeError, match=r"^my\.toml \[teacher\.sees\.features\]: mel_bins is a string; "):
        load_recipe(str(path))
