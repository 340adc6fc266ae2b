"""The gesture task, where no training is needed to see it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinykd.budget import BUDGETS
from tinykd.datasets import DATASETS
from tinykd.errors import RecipeError
from tinykd.recipe_file import load_recipe, recipe_names
from tinykd.recipe_tasks import TASK_RECIPES
from tinykd.tasks import TASKS, datasets_of, task_of
from tinykd.tasks.gesture import TASK


def test_every_task_has_a_recipe_class_and_data_that_it_can_use_without_any():
    assert set(TASKS) <= set(TASK_RECIPES)
    for name in TASKS:
        assert any(DATASETS[dataset].embedded for dataset in datasets_of(name)), name


@pytest.mark.parametrize("name", [name for name in recipe_names() if name.startswith("gesture")])
def test_a_gesture_recipe_passes_its_own_check_and_keeps_the_budget_of_the_task(name):
    recipe = load_recipe(name)
    assert task_of(recipe) is TASK
    TASK.check(recipe)
    assert recipe.budget == TASK_RECIPES["gesture"]().budget
    assert recipe.budget.model_bytes == BUDGETS["gesture"].model_bytes == 30_000


def test_a_known_sensor_that_the_front_end_cannot_use_is_refused_before_any_work():
    recipe = load_recipe("gesture", ["dataset.channels=['acc_x', 'acc_y', 'acc_z']"])
    with pytest.raises(RecipeError, match=r"recipe \[features\]: kind 'motion' cannot be made of acc_x"):
        TASK.check(recipe)


def test_a_recipe_learns_classes_and_channels_from_the_data():
    recipe = load_recipe("gesture", ["synthetic.train_takes_per_class=1"])
    dataset = TASK.load(recipe, data_dir=None, cache_dir=Path(), splits=("train",))
    settled = TASK.settled(recipe, dataset)
    assert settled.dataset.classes == dataset.classes
    assert TASK.input_shape(settled) == (64, 10)
    features = TASK.plain_features(dataset.splits["train"], settled, {})
    assert features.shape == (len(dataset.classes), 64, 10)


def test_frames_count_by_their_distance_from_the_windows_mean_not_by_their_sign():
    features = np.zeros((1, 4, 2), np.float32)
    features[0, :, 0] = [-3.0, 0.0, 0.0, 3.0]  # the mean is 0: distances 3, 0, 0, 3
    np.testing.assert_allclose(TASK.activity(features), [[1.1, 0.1, 0.1, 1.1]], atol=1e-5)


def test_a_long_recording_is_read_where_it_moves_most(tmp_path):
    rows = np.zeros((1000, 6))
    rows[:, 1] = 9.81
    rows[700:760, 4] = np.sin(np.arange(60) / 5)
    text = "time_ms,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n"
    text += "".join(
        f"{20 * place}," + ",".join(f"{v:.5f}" for v in row) + "\n" for place, row in enumerate(rows)
    )
    (tmp_path / "long.csv").write_text(text)
    recipe = load_recipe("gesture", ["features.kind=raw"])
    section = recipe.dataset.model_copy(
        update={"channels": ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")}
    )
    seen = TASK.read(tmp_path / "long.csv", recipe.model_copy(update={"dataset": section}), {})
    assert seen.shape == (1, 64, 6)
    assert np.abs(seen[..., 4]).max() > 0.8
