"""Gestures of a simulated hand: an arm that points a 6-axis sensor, people who differ, a sensor with faults.

Every take is a function of seed, split, class and number. A person has an arm,
a pace, a size, a slant and a grip of their own and is in one split only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import SIX_AXES, ImuDataset, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.rigid_body import measure, pointing, rotation
from tinykd.datasets.stroke_shapes import GESTURES, REST, SHAPES, hand_pace, path_through
from tinykd.recipe_gesture import GestureRecipe

Doubles = npt.NDArray[np.float64]
Random = np.random.Generator

_RATE_HZ = 200.0  # of the simulation; the sensor samples it at its own, uneven times
_SENSOR_HZ = 100.0
_SPLITS = ("train", "validation", "test")
_SHARES = (0.7, 0.15, 0.15)  # of the people


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


def load(
    recipe: GestureRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> ImuDataset:
    """Make the takes; arguments and errors as `datasets.load_dataset`."""
    section = recipe.synthetic
    counts = dict(
        zip(
            _SPLITS,
            (section.train_takes_per_class, section.validation_takes_per_class, section.test_takes_per_class),
            strict=True,
        )
    )
    total = sum(counts[split] for split in splits) * len(GESTURES)
    takes: list[Take] = []
    for split in splits:
        people = people_of(split, count=section.people, seed=section.seed)
        for label, gesture in enumerate(GESTURES):
            for number in range(counts[split]):
                rng = np.random.default_rng([section.seed, _SPLITS.index(split), label, number])
                person = people[int(rng.integers(len(people)))]
                seconds = recipe.dataset.window_ms / 1000 + 0.2
                takes.append(_take(gesture, label, person, split, number, seconds, rng))
            if progress is not None:
                progress("simulated strokes", len(takes), total)
    return build_windows(
        takes,
        classes=GESTURES,
        channels=SIX_AXES,
        section=recipe.dataset,
        splits=splits,
        split_rule=read_card("synthetic_strokes").split,
        where="synthetic_strokes",
    )


def people_of(split: str, *, count: int, seed: int) -> list[Person]:
    """Return the people of a split; nobody is in two."""
    edges = np.rint(np.cumsum([0.0, *_SHARES]) * count).astype(int)
    place = _SPLITS.index(split)
    return [_person(number, seed) for number in range(edges[place], edges[place + 1])]


def _person(number: int, seed: int) -> Person:
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


def _take(
    gesture: str, label: int, person: Person, split: str, number: int, seconds: float, rng: Random
) -> Take:
    samples = int(seconds * _RATE_HZ)
    drawn = _rest(samples, rng) if gesture == REST else _stroke(gesture, person, samples, rng)
    position, attitude = _arm(drawn, person, rng)
    signals, time_ms = sense(measure(position, attitude, rate_hz=_RATE_HZ), rate_hz=_RATE_HZ, rng=rng)
    return Take(
        signals=signals,
        time_ms=time_ms,
        labels=label,
        source=f"{gesture} {split} {number}, {person.name}",
        group=person.name,
        split=split,
    )


def _stroke(gesture: str, person: Person, samples: int, rng: Random) -> Doubles:
    """Return where the arm points around a stroke: [samples, 2] in radians, right and up."""
    points = np.array(SHAPES[gesture]) * np.array([person.width, 1.0])
    points[:, 0] += person.slant * points[:, 1]
    points += rng.normal(0.0, 0.05, points.shape)  # nobody draws the same twice
    tilt = rng.normal(0.0, 0.1)
    points = points @ np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    longer = np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1).sum() / 4.0)
    lasts = min(person.seconds * longer * np.exp(rng.normal(0.0, 0.15)), 0.9 * samples / _RATE_HZ)
    starts = rng.uniform(0.02, 0.98) * (samples / _RATE_HZ - lasts)
    moment = np.clip((np.arange(samples) / _RATE_HZ - starts) / lasts, 0.0, 1.0)
    evenness = np.clip(person.evenness + rng.normal(0.0, 0.1), 0.0, 0.9)
    path = path_through(points, hand_pace(moment, evenness=float(evenness)))
    size = person.size * float(np.exp(rng.normal(0.0, 0.15)))
    return _smooth(path, 24) * size


def _rest(samples: int, rng: Random) -> Doubles:
    """Return pointing that is no gesture: still, swaying, or a random move."""
    kind = rng.integers(3)
    if kind == 0:
        return np.zeros((samples, 2))
    knots = int(rng.integers(3, 7))
    size = 0.08 if kind == 1 else rng.uniform(0.15, 0.4)
    points = np.cumsum(rng.normal(0.0, size, (knots, 2)), axis=0)
    path = path_through(points, np.linspace(0.0, 1.0, samples))
    return np.asarray(np.clip(path - path.mean(axis=0), -0.8, 0.8))


def _arm(drawn: Doubles, person: Person, rng: Random) -> tuple[Doubles, Doubles]:
    """Return (position, attitude) of a sensor at the end of an arm that points where `drawn` says."""
    samples = len(drawn)
    shake = np.cumsum(rng.normal(size=(samples, 3)), axis=0)
    sway = _smooth(shake, 60) * 0.0015 + _smooth(rng.normal(size=(samples, 3)), 16) * person.tremor
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


def _smooth(values: Doubles, width: int) -> Doubles:
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
