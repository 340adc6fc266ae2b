"""Training-only changes of motion: how it is held, how large, how fast, when, and how noisy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykd.datasets.imu import POINTS
from tinykd.datasets.rigid_body import rotation
from tinykd.recipe_gesture import ImuAugment

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
_WAVES = 3  # slow waves that bend time inside a window


def augment_imu(
    signals: Floats,
    *,
    channels: tuple[str, ...],
    rate_hz: int,
    section: ImuAugment,
    rng: np.random.Generator,
) -> Floats:
    """Return changed copies of windows.

    - Time: another speed, slow changes of it, and a shift. Where the window would
      show what was not recorded, the sensor is held as at the edge. Turning is as
      much faster as time is; acceleration keeps its size, since most of its change
      is gravity seen from another side.
    - Size: motion times a factor; the window's mean acceleration, gravity, stays.
    - Grip: the sensor's axes turned by one rotation for the whole window; points are
      turned in their plane.
    - Noise: white on every channel, and a constant one on turning.

    Args:
      signals: [n, samples, channels] float32; stays as it is.
      channels: names of the last axis.
      rate_hz: rows a second.
      section: the recipe's [augment].
      rng: draws everything.

    Returns:
      [n, samples, channels] float32.
    """
    n, samples, _ = signals.shape
    source, pace = time_map(n, samples, rate_hz=rate_hz, section=section, rng=rng)
    changed = _at(signals.astype(np.float64), source)
    scale = _between(section.scale, (n, 1, 1), rng)
    if channels == POINTS:
        angle = np.radians(rng.uniform(-section.rotation_deg, section.rotation_deg, n))
        turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=1)
        changed = scale * np.einsum("nij,ntj->nti", turn.reshape(n, 2, 2), changed)
        changed = changed + rng.normal(0.0, section.point_noise, changed.shape)
        return np.asarray(changed, np.float32)
    gravity = signals[:, :, :3].mean(axis=1, keepdims=True, dtype=np.float64)
    turns = random_rotations(n, section.rotation_deg, rng)
    parts = [gravity + scale * (changed[:, :, :3] - gravity)]
    if len(channels) == 6:
        parts.append(changed[:, :, 3:] * scale * pace[:, :, None])
    parts = [np.einsum("nij,ntj->nti", turns, part) for part in parts]
    parts[0] += rng.normal(0.0, section.acc_noise, parts[0].shape)
    if len(channels) == 6:
        parts[1] += rng.normal(0.0, section.gyro_noise, parts[1].shape)
        parts[1] += rng.normal(0.0, section.gyro_bias, (n, 1, 3))
    return np.concatenate(parts, axis=2).astype(np.float32)


def time_map(
    n: int, samples: int, *, rate_hz: int, section: ImuAugment, rng: np.random.Generator
) -> tuple[Doubles, Doubles]:
    """Return (which source row each new row shows, how fast the source passes there), each [n, samples].

    Rows may be fractions; the pace is 0 where the source is held at its edge.
    """
    place = (np.arange(samples) + 0.5) / samples
    waves = np.sin(2 * np.pi * (np.arange(1, _WAVES + 1)[:, None] * place / 2))  # [waves, samples]
    bend = rng.uniform(-1.0, 1.0, (n, _WAVES)) @ waves / _WAVES
    speed = _between(section.speed, (n, 1), rng)
    pace = speed * (1.0 + section.warp * bend)
    source = np.cumsum(pace, axis=1)
    middle = (source[:, (samples - 1) // 2] + source[:, samples // 2])[:, None] / 2.0
    shift = rng.uniform(-section.shift_ms, section.shift_ms, (n, 1)) * rate_hz / 1000.0
    source = source - middle + (samples - 1) / 2.0 + shift
    held = (source < 0) | (source > samples - 1)
    return np.clip(source, 0.0, samples - 1.0), np.where(held, 0.0, pace)


def random_rotations(n: int, largest_deg: float, rng: np.random.Generator) -> Doubles:
    """Return [n, 3, 3] rotations about uniform axes by uniform angles up to `largest_deg` either way."""
    axis = rng.normal(size=(n, 3))
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    angle = np.radians(rng.uniform(-largest_deg, largest_deg, n))[:, None, None]
    return rotation(axis, angle)


def _between(bounds: tuple[float, float], shape: tuple[int, ...], rng: np.random.Generator) -> Doubles:
    """Return factors between the bounds, as likely to halve as to double."""
    low, high = np.log(bounds)
    return np.exp(rng.uniform(float(low), float(high), shape))


def _at(signals: Doubles, source: Doubles) -> Doubles:
    """Return the rows at fractional places [n, samples] by straight lines between rows."""
    low = np.minimum(source.astype(np.intp), signals.shape[1] - 2)
    share = (source - low)[:, :, None]
    rows = np.arange(len(signals))[:, None]
    found: Doubles = signals[rows, low] * (1.0 - share) + signals[rows, low + 1] * share
    return found
