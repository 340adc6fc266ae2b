"""Simulated strokes: the same by seed, of plausible size, and no person in two splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinykd.datasets.simulated_arm import sense
from tinykd.datasets.stroke_shapes import GESTURES, SHAPES, hand_pace, path_through
from tinykd.datasets.synthetic_strokes import load, people_of
from tinykd.recipe_gesture import GestureRecipe, GestureSynthetic

SMALL = GestureSynthetic(
    train_takes_per_class=6, validation_takes_per_class=3, test_takes_per_class=3, people=20
)


def made(splits=("train", "validation", "test"), **section):
    recipe = GestureRecipe(synthetic=SMALL.model_copy(update=section))
    return load(recipe, data_dir=None, cache_dir=Path(), splits=splits)


@pytest.fixture(scope="module")
def strokes():
    return made()


def test_a_split_is_the_same_whoever_makes_it_and_another_seed_gives_another(strokes):
    alone = made(("test",))
    assert np.array_equal(alone.splits["test"].signals, strokes.splits["test"].signals)
    assert made(("test",), seed=8).digest != alone.digest


def test_no_person_is_in_two_splits_and_every_class_is_in_each(strokes):
    people = [set(split.groups) for split in strokes.splits.values()]
    assert len(people[0] | people[1] | people[2]) == sum(map(len, people))
    assert [len(people_of(split, count=20, seed=7)) for split in strokes.splits] == [14, 3, 3]
    for split, count in zip(strokes.splits.values(), (6, 3, 3), strict=True):
        assert np.bincount(split.labels).tolist() == [count] * len(GESTURES)


def test_the_sensor_shows_gravity_in_the_mean_and_moves_as_a_hand_can(strokes):
    signals = strokes.splits["train"].signals
    length = np.linalg.norm(np.median(signals[:, :, :3], axis=1), axis=1)
    assert 8.0 < np.median(length) < 11.0
    assert np.abs(signals[:, :, 3:]).max() < 35.0  # rad/s, the sensor's range
    rest = strokes.splits["train"].labels == GESTURES.index("none")
    assert np.median(signals[rest, :, 3:].std(axis=1)) < np.median(signals[~rest, :, 3:].std(axis=1))


def test_swipes_to_either_side_turn_the_sensor_to_either_side(strokes):
    train = strokes.splits["train"]
    turned = train.signals[:, :, 4].sum(axis=1) / strokes.rate_hz  # about the upward axis: left is positive
    left, right = (turned[train.labels == GESTURES.index(f"swipe_{side}")] for side in ("left", "right"))
    assert left.min() > 0 > right.max()


def test_a_path_passes_its_points_and_the_pace_starts_and_ends_with_it():
    points = np.array(SHAPES["check"])
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    np.testing.assert_allclose(path_through(points, along / along[-1]), points, atol=1e-12)
    pace = hand_pace(np.linspace(0, 1, 101), evenness=0.3)
    assert (pace[0], pace[-1]) == (0.0, 1.0)
    assert (np.diff(pace) > 0).all()
    # By hand at a quarter: 10/64 - 15/256 + 6/1024 = 0.103515625.
    assert hand_pace(np.array([0.25]), evenness=0.0)[0] == pytest.approx(0.103515625)


def test_the_sensors_times_are_uneven_and_its_range_ends():
    ideal = np.zeros((400, 6))
    ideal[:, 0] = 1000.0
    signals, time_ms = sense(ideal, rate_hz=200.0, rng=np.random.default_rng(1))
    assert signals[:, 0].max() == pytest.approx(8 * 9.80665, rel=1e-4)
    steps = np.diff(time_ms)
    assert 9.0 < steps.mean() < 11.0
    assert steps.std() > 0.5
    assert (steps > 0).all()
