"""A simulated arm that points a 6-axis sensor: people who differ, and a sensor with faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinykd.datasets.rigid_body import pointing, rotation

Doubles = npt.NDArray[np.float64]
Random = np.random.Generator

RATE_HZ = 200.0  # of the simulation; the sensor samples it at its own, uneven times
_SENSOR_HZ = 100.0


@dataclass(frozen=True, kw_only=True)
class Person:
    """How one made-up person draws: m, s, radians."""

    name: str
    arm_m: float
    size: float  # radians that the pointing arm covers either way
    width: float  # of a shape, against its height
    slant: float
    seconds: float  # for a stroke of medium length
    evenness: float
    grip: Doubles  # [3, 3], how the sensor lies in the hand
    tremor: float


def made_up_person(number: int, seed: int) -> Person:
    """Return one person, a function of number and seed."""
    rng = np.random.default_rng([seed, 1 << 20, number])
    axis = rng.normal(size=(1, 3))
    grip = rotation(axis / np.linalg.norm(axis), np.full((1, 1, 1), rng.normal(0.0, 0.2)))[0]
    return Person(
        name=f"person {number}",
        arm_m=rng.uniform(0.45, 0.75),
        size=rng.uniform(0.22, 0.5),
        width=rng.uniform(0.75, 1.3),
        slant=rng.normal(0.0, 0.15),
        seconds=rng.uniform(0.8, 1.4),
        evenness=rng.uniform(0.15, 0.7),
        grip=grip,
        tremor=rng.uniform(0.0002, 0.0006),
    )


def hold(drawn: Doubles, person: Person, rng: Random) -> tuple[Doubles, Doubles]:
    """Return (position, attitude) of a sensor at the end of an arm that points where `drawn` says."""
    samples = len(drawn)
    shake = np.cumsum(rng.normal(size=(samples, 3)), axis=0)
    sway = smooth(shake, 60) * 0.0015 + smooth(rng.normal(size=(samples, 3)), 16) * person.tremor
    azimuth = rng.uniform(-np.pi, np.pi) - drawn[:, 0] + sway[:, 0]
    elevation = rng.normal(0.0, 0.15) + drawn[:, 1] + sway[:, 1]
    roll = rng.normal(0.0, 0.15) + rng.normal(0.3, 0.15) * drawn[:, 0] + sway[:, 2]
    attitude = pointing(azimuth, elevation, roll)
    position = person.arm_m * attitude[:, :, 0]
    axis = rng.normal(size=(1, 3))
    slip = rotation(axis / np.linalg.norm(axis), np.full((1, 1, 1), rng.normal(0.0, 0.1)))[0]
    # A phone's axes in a hand that holds it up: x to the right, y up, z out of the screen, to its owner.
    device = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    return position, attitude @ device @ person.grip @ slip


def smooth(values: Doubles, width: int) -> Doubles:
    """Return a running mean over a bell of `width` rows; the first and last row are held beyond the ends.

    An arm has mass: without this, a stroke would start with an endless acceleration.
    """
    kernel = np.hanning(width + 2)[1:-1]
    held = np.pad(values, ((width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel / kernel.sum(), mode="valid") for column in held.T], axis=1)


def sense(
    ideal: Doubles, *, rate_hz: float, rng: Random
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Return (signals, times in ms) of a cheap sensor: uneven times, bias, noise, a 16-bit scale.

    Args:
      ideal: [n, 6] of `rigid_body.measure`.
      rate_hz: of `ideal`.
      rng: draws the faults.

    Returns:
      [rows, 6] float32 and [rows] float64, about 100 rows a second, ranges +-8 g and +-2000 deg/s.
    """
    seconds = len(ideal) / rate_hz
    steps = np.maximum(rng.normal(1.0, 0.15, int(seconds * _SENSOR_HZ * 1.3)), 0.3) / _SENSOR_HZ
    times = np.cumsum(steps)
    times = times[times < seconds - 1.0 / rate_hz]
    place = times * rate_hz
    low = np.minimum(place.astype(int), len(ideal) - 2)
    share = (place - low)[:, None]
    signals = ideal[low] * (1.0 - share) + ideal[low + 1] * share
    noise = np.repeat([0.06, 0.006], 3)  # m/s^2, rad/s
    bias = np.repeat([0.12, 0.015], 3) * rng.normal(size=6)
    signals = signals + bias + rng.normal(size=signals.shape) * noise
    step = np.repeat([8 * 9.80665, np.radians(2000.0)], 3) / (1 << 15)
    return (np.clip(np.rint(signals / step), -(1 << 15), (1 << 15) - 1) * step).astype(
        np.float32
    ), 1000.0 * times
