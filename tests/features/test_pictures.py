"""Strokes as pictures, against distances by hand and what turning and moving a stroke must do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.datasets.imu import POINTS, SIX_AXES
from tinykd.errors import RecipeError
from tinykd.features.imu import ImuFrontEnd, align, turning_path
from tinykd.features.pictures import draw_strokes
from tinykd.recipe_file import load_recipe
from tinykd.recipe_gesture import ImuFeatures
from tinykd.tasks.gesture import TASK


def drawn(*points, pixels=9, pen_pixels=2.0, smallest=0.1):
    paths = np.array([points], np.float32)
    return draw_strokes(paths, pixels=pixels, pen_pixels=pen_pixels, smallest=smallest)[0]


def test_a_level_line_is_as_wide_as_the_pen_and_fades_over_one_pixel():
    picture = drawn((0, 0), (1, 0), pixels=9, pen_pixels=2.0)
    # The line runs from column 1 to 7 in row 4; a pixel d away has 1.5 - d of ink, at most 1.
    assert picture[4].tolist() == [0.5, 1, 1, 1, 1, 1, 1, 1, 0.5]
    assert picture[3].tolist() == picture[5].tolist()
    np.testing.assert_allclose(picture[3], [1.5 - 2**0.5, *[0.5] * 7, 1.5 - 2**0.5], atol=1e-6)
    assert not picture[[0, 1, 2, 6, 7, 8]].any()


def test_up_is_the_top_row_and_right_is_the_last_column():
    picture = drawn((0, 0), (1, 0), (1, 1))
    assert picture[7, 1] == picture[7, 7] == picture[1, 7] == 1.0
    assert picture[1, 1] == 0.0


def test_every_pixel_has_the_ink_of_its_distance_from_the_path():
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (7, 2))
    points[:2] = [[0, 0], [1, 1]]  # so that it fills the square
    picture = drawn(*points, pixels=16, pen_pixels=1.5)
    # The path through the picture, finely sampled.
    share = np.linspace(0, 6, 60_001)
    x, y = (np.interp(share, np.arange(7), column) for column in points.T)
    x, y = 7.5 + (x - 0.5) * 13.5, 7.5 - (y - 0.5) * 13.5
    for row in range(16):
        for column in range(16):
            distance = np.hypot(x - column, y - row).min()
            assert picture[row, column] == pytest.approx(np.clip(1.25 - distance, 0, 1), abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), size=st.floats(0.5, 50), moved=st.floats(-20, 20))
def test_size_place_and_direction_of_drawing_change_nothing(seed, size, moved):
    path = np.random.default_rng(seed).normal(size=(12, 2)).astype(np.float32)
    other = (path * np.float32(size) + np.float32(moved))[::-1]
    np.testing.assert_allclose(drawn(*other), drawn(*path), atol=2e-3)  # float32 of numbers up to 200


def test_a_pen_that_stands_still_makes_a_dot_and_a_small_stroke_stays_small():
    dot = drawn((3, 3), (3, 3), pixels=9, pen_pixels=1.0)
    assert dot[4, 4] == dot.sum() == 1.0
    assert drawn((0, 0), (0.01, 0), smallest=1.0).sum() < drawn((0, 0), (0.01, 0), smallest=0.01).sum() / 2


def test_what_a_six_axis_sensor_turned_through_is_drawn_as_its_path():
    rows = np.random.default_rng(3).normal(size=(2, 100, 6)).astype(np.float32)
    section = ImuFeatures(kind="picture", frame_ms=20, picture_pixels=16)
    front = ImuFrontEnd(section, channels=SIX_AXES, rate_hz=50)
    assert front.shape(100) == (16, 16)
    path = turning_path(align(rows), frame_seconds=0.02)
    expected = draw_strokes(path, pixels=16, pen_pixels=2.0, smallest=0.05)
    assert np.array_equal(front(rows), expected)
    assert ImuFrontEnd(section, channels=POINTS, rate_hz=50)(rows[:, :, :2]).shape == (2, 16, 16)


def test_a_student_that_looks_at_pictures_is_refused_and_a_teacher_is_not():
    recipe = load_recipe("gesture-wand_pictures")
    TASK.check(recipe)
    with pytest.raises(RecipeError, match=r"no device makes kind 'picture', .*; allowed: raw, aligned, "):
        TASK.check(load_recipe("gesture-wand_strokes", ["features.kind=picture"]))
    asked = ["dataset.channels=['acc_x', 'acc_y', 'acc_z']"]
    with pytest.raises(RecipeError, match=r"^recipe \[teacher\.sees\], recipe \[features\]: kind 'picture' "):
        TASK.check(load_recipe("gesture-accelerometer", [
            *asked, "teacher.sees.dataset.channels=['acc_x', 'acc_y', 'acc_z']",
            "teacher.sees.features.kind=picture"]))  # fmt: skip
