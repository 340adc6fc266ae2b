"""Features along time against values worked by hand."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_time_axis_is_zero_for_frames_that_differ_only_in_length():
    from tinykd.distill.losses import time_axis

    frames = np.random.default_rng(1).normal(size=(3, 10, 8)).astype("f4")
    scaled = frames * np.random.default_rng(2).uniform(0.5, 2, (3, 10, 1)).astype("f4")
    got = time_axis(frames, scaled, np.ones((3, 10), "f4"), frame=1.0, delta=1.0, similarity=1.0).numpy()
    np.testing.assert_allclose(got, 0, atol=1e-10)


def test_each_time_axis_term_by_hand_for_two_frames():
    from tinykd.distill.losses import time_axis

    # teacher frames e1, e2; student frames e1, e1; weights equal.
    teacher = np.array([[[1.0, 0], [0, 1]]], "f4")
    student = np.array([[[2.0, 0], [5, 0]]], "f4")
    weights = np.ones((1, 2), "f4")
    off = {"frame": 0.0, "delta": 0.0, "similarity": 0.0}

    def term(name):
        return float(time_axis(teacher, student, weights, **{**off, name: 1.0})[0])

    assert term("frame") == pytest.approx(1.0)  # (0 + |e2 - e1|^2) / 2
    assert term("delta") == pytest.approx(2.0)  # |(e2 - e1) - 0|^2 over the one pair
    assert term("similarity") == pytest.approx(0.5)  # two of four entries differ by 1


def test_a_frame_without_weight_does_not_count():
    from tinykd.distill.losses import time_axis

    teacher = np.array([[[1.0, 0], [0, 1]]], "f4")
    student = np.array([[[1.0, 0], [1, 0]]], "f4")
    weights = np.array([[1.0, 0.0]], "f4")
    got = time_axis(teacher, student, weights, frame=1.0, delta=0.0, similarity=1.0).numpy()
    np.testing.assert_allclose(got, 0, atol=1e-6)


@pytest.mark.parametrize(("time", "steps"), [(49, 7), (49, 25), (25, 13), (10, 10)])
def test_resampling_time_keeps_constants_and_the_mean(time, steps):
    from tinykd.distill.losses import resample_time

    x = np.random.default_rng(0).normal(size=(2, time, 3)).astype("f4")
    got = np.asarray(resample_time(x, steps))
    assert got.shape == (2, steps, 3)
    np.testing.assert_allclose(got.mean(1), x.mean(1), atol=1e-5)
    np.testing.assert_allclose(np.asarray(resample_time(np.ones_like(x), steps)), 1, atol=1e-5)


def test_resampling_three_frames_to_two_by_hand():
    from tinykd.distill.losses import resample_time

    got = resample_time(np.array([[[3.0], [6.0], [9.0]]], "f4"), 2).numpy().ravel()
    np.testing.assert_allclose(got, [(3 + 0.5 * 6) / 1.5, (0.5 * 6 + 9) / 1.5], atol=1e-6)
