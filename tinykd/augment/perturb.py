"""Normal windows moved away from normal, in feature space: the questions that a density teacher answers.

Nothing here is called an anomaly. A perturbed window may still be normal; the
teacher's score says how far out it is, and that is what a student learns.
No recorded anomaly is used.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykd.recipe_anomaly import PerturbSection

Floats = npt.NDArray[np.float32]


def perturb(windows: Floats, *, channels: int, section: PerturbSection, rng: np.random.Generator) -> Floats:
    """Return each window changed in one of six ways, drawn at random.

    A strength s is drawn from `section.strength`, evenly on a logarithmic scale; b
    and c are other windows of the set, drawn at random.

    1. along the data: x + s (b - c) / 2;
    2. between two states, or past them: x + t (b - x), t in -0.5..1.5;
    3. one channel louder or quieter: its features shifted by s times a normal number;
    4. the same features of every channel shifted together (a band, a statistic);
    5. every feature shifted by its own normal number times s / 2;
    6. states mixed: each channel from x or from b.

    Args:
      windows: [n, frames, features] float32, standardised; features stand channel by channel.
      channels: how many channels the features belong to.
      section: the recipe's [augment].
      rng: draws everything.

    Returns:
      [n, frames, features] float32.
    """
    n, _, features = windows.shape
    each = features // channels
    channel, statistic = np.arange(features) // each, np.arange(features) % each
    low, high = np.log(section.strength)
    s = np.exp(rng.uniform(low, high, (n, 1, 1))).astype(np.float32)
    b, c = windows[rng.integers(0, n, n)], windows[rng.integers(0, n, n)]
    one_channel = np.zeros((n, 1, channels), np.float32)
    one_channel[np.arange(n), 0, rng.integers(0, channels, n)] = rng.standard_normal(n)
    one_statistic = np.zeros((n, 1, each), np.float32)
    one_statistic[np.arange(n), 0, rng.integers(0, each, n)] = rng.standard_normal(n)
    own = rng.standard_normal((n, 1, features)).astype(np.float32)
    taken = rng.random((n, 1, channels)) < 0.5
    blend = rng.uniform(-0.5, 1.5, (n, 1, 1)).astype(np.float32)
    ways = (
        windows + s * (b - c) / 2,
        windows + blend * (b - windows),
        windows + s * one_channel[:, :, channel],
        windows + s * one_statistic[:, :, statistic],
        windows + s * own / 2,
        np.where(taken[:, :, channel], windows, b),
    )
    way = rng.integers(0, len(ways), n)
    moved: Floats = np.asarray(np.choose(np.asarray(way)[:, None, None], ways), np.float32)
    return moved
