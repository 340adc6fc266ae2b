"""Hints against values worked by hand and against numpy."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_a_hint_by_hand():
    from tinykd.distill.losses import hint, squared_distance

    # Two positions of two channels; differences 1, 0, 2, -1: squares sum to 6 over 4 numbers.
    teacher = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]], "f4")
    student = np.array([[[[0.0, 2.0]], [[1.0, 5.0]]]], "f4")
    np.testing.assert_allclose(hint(teacher, student).numpy(), [1.5])
    np.testing.assert_allclose(squared_distance(teacher, student).numpy(), [6.0])


def test_hints_are_the_mean_and_the_sum_of_numpys_squared_differences():
    from tinykd.distill.losses import hint, squared_distance

    teacher, student = np.random.default_rng(0).normal(size=(2, 5, 7, 3, 4))
    squares = [np.linalg.norm(t - s) ** 2 for t, s in zip(teacher, student, strict=True)]
    np.testing.assert_allclose(hint(teacher, student).numpy(), np.divide(squares, 7 * 3 * 4), rtol=1e-6)
    np.testing.assert_allclose(squared_distance(teacher, student).numpy(), squares, rtol=1e-6)
