"""What a sensor on a body measures, against motions whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tinykd.datasets.rigid_body import GRAVITY, measure, pointing, rotation, turning_rate

RATE = 400.0
TIME = np.arange(0, 2, 1 / RATE)


def test_at_rest_the_sensor_shows_gravity_upwards_whatever_its_attitude():
    attitude = Rotation.from_euler("xyz", [20, 50, -70], degrees=True).as_matrix()
    shown = measure(np.zeros((50, 3)), np.tile(attitude, (50, 1, 1)), rate_hz=RATE)
    np.testing.assert_allclose(shown[:, :3], np.tile(attitude.T @ [0, 0, GRAVITY], (50, 1)), atol=1e-9)
    np.testing.assert_allclose(shown[:, 3:], 0, atol=1e-9)


def test_on_a_carousel_it_shows_the_centripetal_acceleration_and_the_turning():
    angle, radius, omega = 3.0 * TIME, 0.7, 3.0
    position = radius * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    attitude = pointing(angle, 0 * angle, 0 * angle)  # x points outwards
    shown = measure(position, attitude, rate_hz=RATE)[5:-5]
    np.testing.assert_allclose(shown[:, 0], -(omega**2) * radius, rtol=1e-3)
    np.testing.assert_allclose(shown[:, 1], 0, atol=1e-3)
    np.testing.assert_allclose(shown[:, 2], GRAVITY, rtol=1e-6)
    np.testing.assert_allclose(shown[:, 3:], np.tile([0, 0, omega], (len(shown), 1)), atol=1e-6)


def test_in_free_fall_it_shows_nothing():
    position = np.stack([0 * TIME, 0 * TIME, -GRAVITY * TIME**2 / 2], axis=1)
    shown = measure(position, np.tile(np.eye(3), (len(TIME), 1, 1)), rate_hz=RATE)[3:-3]
    np.testing.assert_allclose(shown, 0, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.tuples(*[st.floats(-5, 5)] * 3))
def test_a_constant_turning_rate_is_found_exactly(rate):
    turns = Rotation.from_rotvec(TIME[:, None] * np.array(rate)).as_matrix()
    np.testing.assert_allclose(turning_rate(turns, rate_hz=RATE), np.tile(rate, (len(TIME), 1)), atol=1e-6)


def test_pointing_is_scipys_turns_about_the_moving_axes():
    made = pointing(np.array([0.3]), np.array([0.4]), np.array([-0.8]))[0]
    np.testing.assert_allclose(made, Rotation.from_euler("ZYX", [0.3, -0.4, -0.8]).as_matrix(), atol=1e-12)
    assert made[2, 0] == pytest.approx(np.sin(0.4))  # its x axis is above the horizon


def test_rotation_is_scipys():
    axis = np.array([[1.0, 2.0, -2.0]]) / 3.0
    made = rotation(axis, np.array([[[0.7]]]))[0]
    np.testing.assert_allclose(made, Rotation.from_rotvec(0.7 * axis[0]).as_matrix(), atol=1e-12)
