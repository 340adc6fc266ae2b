"""What an inertial sensor on a moving rigid body measures."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]

GRAVITY = 9.80665  # m/s^2


def measure(position: Doubles, attitude: Doubles, *, rate_hz: float) -> Doubles:
    """Return what an ideal accelerometer and gyroscope in the body show.

    The accelerometer shows the specific force: the body's acceleration minus
    gravity, along the body's axes, so a body at rest shows 9.81 upwards. The
    gyroscope shows the turning rate along the body's axes.

    Args:
      position: [n, 3] in m in a world whose z axis points up.
      attitude: [n, 3, 3], the rotations from body axes to world axes.
      rate_hz: rows a second.

    Returns:
      [n, 6]: m/s^2, then rad/s; central differences, at the ends one-sided.
    """
    velocity = np.gradient(position, 1.0 / rate_hz, axis=0)
    acceleration = np.gradient(velocity, 1.0 / rate_hz, axis=0)
    force = np.einsum("nji,nj->ni", attitude, acceleration + np.array([0.0, 0.0, GRAVITY]))
    return np.concatenate([force, turning_rate(attitude, rate_hz=rate_hz)], axis=1)


def turning_rate(attitude: Doubles, *, rate_hz: float) -> Doubles:
    """Return the body's turning rate [n, 3] in rad/s along its own axes.

    Between two rows it is the rotation vector of the step, exact for a constant rate.
    """
    step = np.einsum("nji,njk->nik", attitude[:-1], attitude[1:])
    skew = np.stack(
        [step[:, 2, 1] - step[:, 1, 2], step[:, 0, 2] - step[:, 2, 0], step[:, 1, 0] - step[:, 0, 1]], axis=1
    )
    sine = np.linalg.norm(skew, axis=1) / 2.0
    angle = np.arctan2(sine, (np.trace(step, axis1=1, axis2=2) - 1.0) / 2.0)
    factor = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 1.0)
    rate = skew / 2.0 * factor[:, None] * rate_hz
    between = (rate[1:] + rate[:-1]) / 2.0
    return np.concatenate([rate[:1], between, rate[-1:]])


def pointing(azimuth: Doubles, elevation: Doubles, roll: Doubles) -> Doubles:
    """Return attitudes [n, 3, 3] of a body that points its x axis to azimuth and elevation, then rolls.

    Args:
      azimuth: [n] radians about the world's z axis, left is positive.
      elevation: [n] radians above the horizon.
      roll: [n] radians about the body's own x axis.
    """
    zero, one = np.zeros_like(azimuth), np.ones_like(azimuth)
    ca, sa = np.cos(azimuth), np.sin(azimuth)
    ce, se = np.cos(elevation), np.sin(elevation)
    cr, sr = np.cos(roll), np.sin(roll)

    def matrix(*entries: Doubles) -> Doubles:
        return np.stack(entries, axis=-1).reshape(-1, 3, 3)

    yaw = matrix(ca, -sa, zero, sa, ca, zero, zero, zero, one)
    pitch = matrix(ce, zero, -se, zero, one, zero, se, zero, ce)
    turn = matrix(one, zero, zero, zero, cr, -sr, zero, sr, cr)
    return yaw @ pitch @ turn


def rotation(axis: Doubles, angle: Doubles) -> Doubles:
    """Return the rotations [n, 3, 3] about unit axes [n, 3] by angles [n, 1, 1] in radians (Rodrigues)."""
    zero = np.zeros(len(axis))
    x, y, z = axis.T
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)
    found: Doubles = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross)
    return found
