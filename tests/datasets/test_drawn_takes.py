"""Strokes drawn once more by a simulated arm: the same by seed, training only, and the path they were."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.datasets.drawn_takes import drawn_takes
from tinykd.datasets.imu import SIX_AXES, Take
from tinykd.datasets.resample import resample_even
from tinykd.errors import RecipeError
from tinykd.features.imu import ImuFrontEnd
from tinykd.recipe_file import load_recipe
from tinykd.recipe_gesture import ImuFeatures
from tinykd.tasks import task_of


def stroke(points, *, split="train"):
    points = np.asarray(points, np.float32)
    times = np.linspace(0.0, 2000.0, len(points))
    return Take(signals=points, time_ms=times, labels=3, source="by hand", group="", split=split)


def line_of(direction, *, each=40):
    """The longest direction of the path that each take's turning draws: [each, 2], up to its sign."""
    points = np.linspace(-1.0, 1.0, 60)[:, None] * np.asarray(direction, float)
    takes = drawn_takes([stroke(points)], each=each, seed=1, window_ms=5000)
    rows = np.stack([resample_even(take.signals, take.time_ms, rate_hz=50)[:250] for take in takes])
    paths = ImuFrontEnd(ImuFeatures(kind="stroke"), channels=SIX_AXES, rate_hz=50)(rows)[:, :, :2]
    return np.stack([np.linalg.svd(path - path.mean(axis=0), full_matrices=False)[2][0] for path in paths])


@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.0, 1.0)])
def test_a_line_is_drawn_along_its_direction(direction):
    along = np.abs(line_of(direction) @ np.array(direction))
    assert np.median(along) > 0.9  # slant, the way there and back, and the grip turn some


def test_takes_are_of_the_training_strokes_alone_and_the_same_by_seed():
    strokes = [stroke(np.eye(2)), stroke(np.eye(2) * 2, split="test")]
    first, second = (drawn_takes(strokes, each=3, seed=seed, window_ms=1000) for seed in (1, 1))
    other = drawn_takes(strokes, each=3, seed=2, window_ms=1000)
    assert [take.split for take in first] == ["train"] * 3
    assert [take.labels for take in first] == [3] * 3
    for one, same, another in zip(first, second, other, strict=True):
        assert np.array_equal(one.signals, same.signals)
        assert one.signals.shape != another.signals.shape or not np.array_equal(one.signals, another.signals)
    assert not np.array_equal(first[0].signals[:50], first[1].signals[:50])


def test_a_sensor_at_rest_shows_gravity():
    (take,) = drawn_takes([stroke(np.zeros((5, 2)))], each=1, seed=1, window_ms=1000)
    assert np.median(np.linalg.norm(take.signals[:, :3], axis=1)) == pytest.approx(9.8, abs=0.5)


def test_digits_join_no_other_data_set():
    recipe = load_recipe("gesture-wrist_activity", ["synthetic.drawn_takes=1"])
    with pytest.raises(RecipeError, match="drawn_takes are digits, and the data set is 'wrist_activity'"):
        task_of(recipe).check(recipe)
