"""Recorded strokes drawn once more by a simulated arm, as a 6-axis sensor in its hand would see them.

A stroke of the wand is the path that the wand pointed along. The arm goes from a resting
place to its start, draws it at the pace it was drawn, bent a little, and goes back; each take has another
person's arm, grip, size and slant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import Take
from tinykd.datasets.rigid_body import measure
from tinykd.datasets.simulated_arm import RATE_HZ, Person, hold, made_up_person, sense, smooth

Doubles = npt.NDArray[np.float64]
Random = np.random.Generator

_PEOPLE = 10_000
_SIZE = 0.7  # of a stroke of root mean square size 1, in the person's own measure
_GOES_BACK = 0.7  # share of the takes that begin and end at a resting place


def drawn_takes(
    strokes: Sequence[Take], *, each: int, seed: int, window_ms: int, progress: Progress | None = None
) -> list[Take]:
    """Return `each` training takes of every training stroke.

    Args:
      strokes: `signals` [points, 2], right and up; those of other splits are left out.
      each: takes of a stroke.
      seed: the takes are a function of it and of the strokes.
      window_ms: how long a take lasts, and 200 ms more.
      progress: told how many are made.
    """
    taught = [stroke for stroke in strokes if stroke.split == "train"]
    made = []
    for number, stroke in enumerate(stroke for stroke in taught for _ in range(each)):
        rng = np.random.default_rng([seed, number])
        person = made_up_person(int(rng.integers(_PEOPLE)), seed)
        drawn = _pointing(stroke.signals, person, int((window_ms / 1000 + 0.2) * RATE_HZ), rng)
        signals, time_ms = sense(
            measure(*hold(drawn, person, rng), rate_hz=RATE_HZ), rate_hz=RATE_HZ, rng=rng
        )
        made.append(
            Take(
                signals=signals,
                time_ms=time_ms,
                labels=stroke.labels,
                source=f"{stroke.source}, drawn by {person.name}",
                group=stroke.group,
                split="train",
            )
        )
        if progress is not None and (number + 1) % 100 == 0:
            progress("strokes drawn by a simulated arm", number + 1, each * len(taught))
    return made


def _pointing(points: npt.NDArray[np.floating], person: Person, samples: int, rng: Random) -> Doubles:
    """Return where the arm points: [samples, 2] in radians, right and up."""
    shape = points - points.mean(axis=0, dtype=np.float64)
    shape /= np.sqrt((shape**2).sum(axis=1).mean()) + 1e-9
    shape = shape * np.array([person.width, 1.0])
    shape[:, 0] += person.slant * shape[:, 1]
    seconds, time_s = samples / RATE_HZ, np.arange(samples) / RATE_HZ
    lasts = rng.uniform(0.3, 0.75) * seconds
    starts = rng.uniform(0.02, 0.6) * (seconds - lasts)
    share = np.clip((time_s - starts) / lasts, 0.0, 1.0)
    place = (share + rng.uniform(-0.1, 0.1) * np.sin(2.0 * np.pi * share)) * (len(shape) - 1)
    path = np.stack([np.interp(place, np.arange(len(shape)), column) for column in shape.T], axis=1)
    if rng.random() < _GOES_BACK:
        home = rng.normal(0.0, 0.7, 2) - np.array([0.0, 0.3])
        there = rng.uniform(0.25, 0.6)
        path = home + (path - home) * _eased((time_s - starts + there) / there)[:, None]
        leaves = starts + lasts + rng.uniform(0.0, 0.3)
        path = path + (home - path) * _eased((time_s - leaves) / there)[:, None]
    return smooth(path, 24) * (person.size * _SIZE * float(np.exp(rng.normal(0.0, 0.2))))


def _eased(share: Doubles) -> Doubles:
    """Return 0 before 0, 1 after 1, and in between a rise that starts and ends at rest."""
    held = np.clip(share, 0.0, 1.0)
    return np.asarray(held**2 * (3.0 - 2.0 * held))
