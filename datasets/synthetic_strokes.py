"""Gestures of a simulated hand: an arm that points a 6-axis sensor, people who differ, a sensor with faults.

Every take is a function of seed, split, class and number. A person has an arm,
a pace, a size, a slant and a grip of their own and is in one split only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd.datasets.cards import read_card
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import SIX_AXES, ImuDataset, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.rigid_body import measure
from tinykd.datasets.simulated_arm import RATE_HZ, Person, hold, made_up_person, sense, smooth
from tinykd.datasets.stroke_shapes import GESTURES, REST, SHAPES, hand_pace, path_through
from tinykd.recipe_gesture import GestureRecipe

Doubles = npt.NDArray[np.float64]
Random = np.random.Generator

_SPLITS = ("train", "validation", "test")
_SHARES = (0.7, 0.15, 0.15)  # of the people


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
    return [made_up_person(number, seed) for number in range(edges[place], edges[place + 1])]


def _take(
    gesture: str, label: int, person: Person, split: str, number: int, seconds: float, rng: Random
) -> Take:
    samples = int(seconds * RATE_HZ)
    drawn = _rest(samples, rng) if gesture == REST else _stroke(gesture, person, samples, rng)
    position, attitude = hold(drawn, person, rng)
    signals, time_ms = sense(measure(position, attitude, rate_hz=RATE_HZ), rate_hz=RATE_HZ, rng=rng)
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
    lasts = min(person.seconds * longer * np.exp(rng.normal(0.0, 0.15)), 0.9 * samples / RATE_HZ)
    starts = rng.uniform(0.02, 0.98) * (samples / RATE_HZ - lasts)
    moment = np.clip((np.arange(samples) / RATE_HZ - starts) / lasts, 0.0, 1.0)
    evenness = np.clip(person.evenness + rng.normal(0.0, 0.1), 0.0, 0.9)
    path = path_through(points, hand_pace(moment, evenness=float(evenness)))
    size = person.size * float(np.exp(rng.normal(0.0, 0.15)))
    return smooth(path, 24) * size


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
