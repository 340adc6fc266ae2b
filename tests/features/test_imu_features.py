"""The front end for motion, against sums by hand, scipy's rotations, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tinykd.datasets.imu import ACC, POINTS, SIX_AXES
from tinykd.errors import RecipeError
from tinykd.features.imu import KINDS, STEP_SCALE, ImuFrontEnd, align, average_frames, turning_path
from tinykd.recipe_gesture import ImuFeatures


def front(kind="motion", channels=SIX_AXES, rate_hz=50, **section):
    return ImuFrontEnd(ImuFeatures(kind=kind, **section), channels=channels, rate_hz=rate_hz)


def motion(n=3, samples=100, channels=6, seed=1):
    signals = np.random.default_rng(seed).normal(size=(n, samples, channels))
    signals[:, :, 1] += 9.81
    return signals.astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "channels"), [(kind, channels) for kind, row in KINDS.items() for channels in row.bins]
)
def test_every_kind_has_the_shape_it_says_and_sees_each_window_alone(kind, channels):
    made = front(kind, channels)
    signals = motion(channels=len(channels))
    features = made(signals)
    assert features.shape == (3, *made.shape(100))
    assert features.dtype == np.float32
    assert np.array_equal(made(signals[1:2])[0], features[1])


def test_raw_is_the_mean_of_each_frame_over_the_scale():
    signals = motion()
    features = front("raw", frame_ms=60, acc_scale=2.0, gyro_scale=4.0)(signals)
    assert features.shape == (3, 33, 6)  # the hundredth row fills no frame
    expected = signals[2, 3:6].mean(axis=0) / [2, 2, 2, 4, 4, 4]
    np.testing.assert_allclose(features[2, 1], expected, rtol=1e-5)


def test_a_resting_sensor_has_no_acceleration_left_whatever_its_attitude():
    turns = Rotation.from_euler("xyz", [[10, 20, 30], [-80, 5, 170], [89, 0, 0]], degrees=True).as_matrix()
    rest = np.einsum("nji,j->ni", turns, [0, 0, 9.81])[:, None].repeat(20, axis=1)
    aligned = align(np.concatenate([rest, 0 * rest], axis=2).astype(np.float32))
    np.testing.assert_allclose(aligned, 0, atol=1e-5)  # float32 of 9.81


@settings(max_examples=40, deadline=None)
@given(heading=st.floats(-180, 180), seed=st.integers(0, 99))
def test_the_compass_direction_of_the_holder_changes_nothing(heading, seed):
    """Motion is made in the world; the holder faces elsewhere, the sensor is held the same."""
    rng = np.random.default_rng(seed)
    grip = Rotation.from_rotvec(0.3 * rng.normal(size=3))
    force = rng.normal(size=(40, 3)) + np.array([0, 0, 9.81])  # in the world, z upwards
    turning = rng.normal(size=(40, 3))
    facing = Rotation.from_euler("z", heading, degrees=True)
    shown = [
        np.concatenate([(facing_of * grip).inv().apply(facing_of.apply(v)) for v in (force, turning)], axis=1)
        for facing_of in (Rotation.identity(), facing)
    ]
    one, two = (align(one[None].astype(np.float32)) for one in shown)
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_rolling_the_sensor_in_the_hand_about_its_own_forward_axis_changes_nothing():
    signals = motion(1)
    signals[..., 3:] -= signals[..., 3:].mean(axis=1, keepdims=True)
    roll = Rotation.from_euler("z", 40, degrees=True).as_matrix()
    turned = np.concatenate([signals[..., :3] @ roll.T, signals[..., 3:] @ roll.T], axis=2)
    np.testing.assert_allclose(align(turned.astype(np.float32)), align(signals), atol=2e-5)


def test_up_is_the_second_axis_and_keeps_what_is_above_gravitys_length():
    frames = np.zeros((1, 4, 6), np.float32)
    frames[0, :, 1] = [9.0, 11.0, 9.0, 11.0]  # y is up; the mean is 10
    frames[0, :, 4] = 0.5
    aligned = align(frames)
    np.testing.assert_allclose(aligned[0, :, 1], [-1, 1, -1, 1], atol=1e-6)
    np.testing.assert_allclose(aligned[0, :, [0, 2]], 0, atol=1e-6)
    np.testing.assert_allclose(aligned[0, :, 4], 0.5, atol=1e-6)


def test_turning_adds_up_to_a_path():
    aligned = np.zeros((1, 4, 6), np.float32)
    aligned[0, :, 4] = [1.0, 1.0, -1.0, -1.0]
    aligned[0, :, 3] = [0.0, 2.0, 0.0, -2.0]
    path = turning_path(aligned, frame_seconds=0.5)
    np.testing.assert_allclose(path[0, :, 0], [0.5, 1.0, 0.5, 0.0])
    np.testing.assert_allclose(path[0, :, 1], [0.0, 1.0, 1.0, 0.0])


def test_a_stroke_is_centred_of_size_one_and_the_same_however_large_it_was_drawn():
    points = np.array([[[-1, 0], [0, 1], [1, 0], [0, -1]]], np.float32)
    made = front("stroke", POINTS, rate_hz=25, stroke_floor=1e-6)
    small, large = made(points), made(7 * points + 3)
    np.testing.assert_allclose(small[0, :, :2], points[0], atol=1e-5)  # its root mean square is 1
    np.testing.assert_allclose(small[0, 1:, 2:], STEP_SCALE * np.diff(points[0], axis=0), atol=1e-4)
    np.testing.assert_allclose(small[0, 0, 2:], 0)
    np.testing.assert_allclose(large, small, atol=1e-4)


def test_a_sensor_that_does_not_turn_draws_a_small_stroke_and_no_noise_of_full_size():
    still = np.zeros((1, 50, 6), np.float32)
    still[..., 1] = 9.81
    still[..., 3:] = np.random.default_rng(2).normal(0, 0.01, (1, 50, 3))
    assert np.abs(front("stroke")(still)[..., :2]).max() < 0.2


def test_frames_are_plain_means():
    signals = np.arange(12, dtype=np.float32).reshape(1, 6, 2)
    assert average_frames(signals, 3)[0].tolist() == [[2.0, 3.0], [8.0, 9.0]]


@pytest.mark.parametrize(
    ("kind", "channels", "line"),
    [
        ("motion", ACC, "kind 'motion' cannot be made of acc_x, acc_y, acc_z; allowed: raw, aligned"),
        ("aligned", POINTS, "kind 'aligned' cannot be made of x, y; allowed: raw, stroke, picture"),
    ],
)
def test_a_kind_that_the_channels_do_not_allow_is_one_line(kind, channels, line):
    with pytest.raises(RecipeError) as caught:
        front(kind, channels)
    assert str(caught.value) == f"recipe [features]: {line}"


def test_frames_shorter_than_a_row_and_windows_shorter_than_two_frames_are_one_line():
    with pytest.raises(RecipeError, match="frame_ms is 4, shorter than a row at 50 Hz; 20 or more"):
        front(frame_ms=4)
    with pytest.raises(RecipeError, match="a window of 3 rows has fewer than two frames of 2"):
        front().shape(3)


def test_the_settings_hold_every_number_of_the_computation():
    said = front(frame_ms=40, acc_scale=3.0).settings()
    assert said == {
        "kind": "motion",
        "channels": "acc_x acc_y acc_z gyro_x gyro_y gyro_z",
        "rate_hz": 50,
        "frame_samples": 2,
        "acc_scale": 3.0,
        "gyro_scale": 1.0,
        "stroke_floor": 0.05,
        "step_scale": STEP_SCALE,
    }
