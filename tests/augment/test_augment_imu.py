"""Changes of motion: what each does alone, and what it leaves as it is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tinykd.augment.imu import augment_imu, random_rotations, time_map
from tinykd.datasets.imu import ACC, POINTS, SIX_AXES
from tinykd.recipe_gesture import ImuAugment

NOTHING = {
    "rotation_deg": 0.0,
    "scale": (1.0, 1.0),
    "speed": (1.0, 1.0),
    "warp": 0.0,
    "shift_ms": 0,
    "acc_noise": 0.0,
    "gyro_noise": 0.0,
    "gyro_bias": 0.0,
    "point_noise": 0.0,
}


def changed(signals, channels=SIX_AXES, seed=1, **section):
    return augment_imu(
        signals,
        channels=channels,
        rate_hz=50,
        section=ImuAugment(**(NOTHING | section)),
        rng=np.random.default_rng(seed),
    )


@pytest.fixture
def motion():
    signals = np.random.default_rng(0).normal(size=(4, 100, 6)).astype(np.float32)
    signals[:, :, 1] += 9.81
    return signals


@pytest.mark.parametrize(("channels", "count"), [(SIX_AXES, 6), (ACC, 3), (POINTS, 2)])
def test_with_everything_off_nothing_changes(channels, count, motion):
    np.testing.assert_allclose(changed(motion[:, :, :count], channels), motion[:, :, :count], atol=1e-5)


def test_equal_generators_give_equal_copies_and_the_source_stays(motion):
    before = motion.copy()
    one, two = (augment_imu(motion, channels=SIX_AXES, rate_hz=50, section=ImuAugment(), rng=rng) for rng in
                (np.random.default_rng(3), np.random.default_rng(3)))  # fmt: skip
    assert np.array_equal(one, two)
    assert np.array_equal(motion, before)


def test_a_rotation_turns_both_sensors_alike_and_keeps_lengths_and_angles(motion):
    turned = changed(motion, rotation_deg=90.0)
    for part in (slice(0, 3), slice(3, 6)):
        np.testing.assert_allclose(
            np.linalg.norm(turned[:, :, part], axis=2), np.linalg.norm(motion[:, :, part], axis=2), rtol=1e-4
        )
    dots = [(s[:, :, :3] * s[:, :, 3:]).sum(axis=2) for s in (turned, motion)]
    np.testing.assert_allclose(*dots, rtol=1e-3, atol=1e-3)
    assert np.abs(turned - motion).max() > 1.0


def test_rotations_are_proper_and_no_further_than_asked():
    turns = random_rotations(200, 30.0, np.random.default_rng(5))
    angles = Rotation.from_matrix(turns).magnitude()
    assert angles.max() <= np.radians(30.0) + 1e-9
    assert angles.max() > np.radians(25.0)
    np.testing.assert_allclose(np.linalg.det(turns), 1.0)


def test_scale_leaves_gravity_and_multiplies_the_rest(motion):
    larger = changed(motion, scale=(2.0, 2.0))
    mean = motion[:, :, :3].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(larger[:, :, :3].mean(axis=1, keepdims=True), mean, atol=1e-4)
    np.testing.assert_allclose(larger[:, :, :3] - mean, 2 * (motion[:, :, :3] - mean), atol=1e-4)
    np.testing.assert_allclose(larger[:, :, 3:], 2 * motion[:, :, 3:], atol=1e-4)


def test_a_faster_stroke_turns_as_far_in_all():
    """A turn of fixed angle, drawn at another pace inside the window, has the same angle."""
    place = np.arange(200)
    rate = np.exp(-(((place - 100) / 12.0) ** 2))
    signals = np.zeros((1, 200, 6), np.float32)
    signals[0, :, 5] = rate
    for speed in (0.7, 1.5):
        made = changed(signals, speed=(speed, speed))
        assert made[0, :, 5].sum() == pytest.approx(rate.sum(), rel=0.01)
        assert made[0, :, 5].max() == pytest.approx(speed * rate.max(), rel=0.01)


def test_beyond_the_edge_the_sensor_is_held_and_does_not_turn():
    signals = np.ones((50, 100, 6), np.float32)
    made = changed(signals, shift_ms=1000)
    assert set(np.unique(made[:, :, 3:])) == {0.0, 1.0}
    np.testing.assert_allclose(made[:, :, :3], 1.0, atol=1e-6)


def test_time_only_moves_forward_and_its_middle_stays_without_a_shift():
    section = ImuAugment(**(NOTHING | {"warp": 0.9, "speed": (0.5, 2.0)}))
    source, pace = time_map(64, 101, rate_hz=50, section=section, rng=np.random.default_rng(9))
    assert (np.diff(source, axis=1) >= 0).all()
    assert (pace >= 0).all()
    np.testing.assert_allclose(source[:, 50], 50.0)


def test_noise_has_the_size_that_the_recipe_says():
    still = np.zeros((200, 100, 6), np.float32)
    noisy = changed(still, acc_noise=0.3, gyro_noise=0.02)
    assert noisy[:, :, :3].std() == pytest.approx(0.3, rel=0.02)
    assert noisy[:, :, 3:].std() == pytest.approx(0.02, rel=0.02)
    biased = changed(still, gyro_bias=0.1)
    assert np.ptp(biased, axis=1).max() == 0
    assert biased[:, 0, 3:].std() == pytest.approx(0.1, rel=0.1)
