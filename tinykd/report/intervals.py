"""How sure a measured figure is: over test clips, and over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Interval:
    """An estimate and the two ends of its confidence interval, in the estimate's unit."""

    estimate: float
    low: float
    high: float


def wilson(right: int, total: int, *, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval of a share, for `right` out of `total` clips.

    Args:
      right: successes, 0 to `total`.
      total: trials, above 0.
      confidence: between 0 and 1.
    Source: Wilson 1927, J. Am. Stat. Assoc. 22(158), pages 209 to 212.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = right / total
    scale = 1 + z * z / total
    centre = (share + z * z / (2 * total)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # The ends touch 0 and 1 exactly where no or every clip is right; rounding must not pass them.
    return Interval(
        share,
        0.0 if right == 0 else max(0.0, centre - half),
        1.0 if right == total else min(1.0, centre + half),
    )


def mean_over_seeds(values: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """Return the mean and its Student t interval.

    Args:
      values: one figure a seed, at least two.
      confidence: between 0 and 1.
    Source: Student 1908, Biometrika 6(1), pages 1 to 25.
    """
    from scipy.special import stdtrit

    mean = fmean(values)
    half = float(stdtrit(len(values) - 1, 0.5 + confidence / 2)) * stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half, mean + half)


def difference_over_seeds(
    first: Sequence[float], second: Sequence[float], *, confidence: float = 0.95
) -> Interval:
    """Return the mean of `second` - `first` and its paired t interval.

    Args:
      first: one figure a seed.
      second: the other method's figure for the same seeds, in the same order.
      confidence: between 0 and 1.
    """
    return mean_over_seeds([b - a for a, b in zip(first, second, strict=True)], confidence=confidence)


def chance_over_seeds(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p value of the paired t test: 0..1, how easily chance makes such a difference.

    Args:
      first: one figure a seed, at least two seeds.
      second: the other method's figure for the same seeds, in the same order.
    Source: Student 1908, Biometrika 6(1), pages 1 to 25.
    """
    from scipy.special import stdtr

    differences = [b - a for a, b in zip(first, second, strict=True)]
    spread = stdev(differences) / math.sqrt(len(differences))
    if spread == 0:
        return 1.0 if fmean(differences) == 0 else 0.0
    return float(2 * stdtr(len(differences) - 1, -abs(fmean(differences)) / spread))


def within_one_standard_error(best: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether `other` lies no more than one standard error of their paired difference below `best`.

    Args:
      best: one figure a seed, at least two seeds.
      other: the other method's figure for the same seeds, in the same order.
    Source: Breiman, Friedman, Olshen and Stone 1984, Classification and Regression Trees, section 3.4.3.
    """
    differences = [a - b for a, b in zip(best, other, strict=True)]
    return fmean(differences) <= stdev(differences) / math.sqrt(len(differences))


def holm(chances: Sequence[float], *, level: float = 0.05) -> list[bool]:
    """Return which of several p values hold when all are looked at together.

    The chance that any of the true results is wrong stays below `level`.

    Args:
      chances: p values, 0..1, in any order.
      level: between 0 and 1.
    Source: Holm 1979, Scand. J. Statist. 6(2), pages 65 to 70.
    """
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    holds = [False] * len(chances)
    for rank, place in enumerate(order):
        if chances[place] > level / (len(chances) - rank):
            break
        holds[place] = True
    return holds


def difference_over_clips(
    first: npt.NDArray[np.bool_],
    second: npt.NDArray[np.bool_],
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 1,
) -> Interval:
    """Return the accuracy of `second` - `first` and its paired bootstrap interval.

    Args:
      first: [n] bool, whether a model was right on each clip.
      second: [n] bool, the other model on the same clips.
      confidence: between 0 and 1.
      resamples: how many times the clips are drawn again.
      seed: of the drawing; equal seeds give equal intervals.
    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3 (percentile interval).
    """
    if first.shape != second.shape:
        raise ValueError(f"{first.shape} and {second.shape} are not the same clips")
    difference = second.astype(np.int64) - first.astype(np.int64)
    # A clip counts -1, 0 or 1, so drawing n clips is one draw of the three counts.
    counts = np.array([(difference == value).sum() for value in (-1, 0, 1)])
    total = len(difference)
    drawn = np.random.default_rng(seed).multinomial(total, counts / total, size=resamples)
    low, high = np.quantile((drawn[:, 2] - drawn[:, 0]) / total, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Interval(float(difference.mean()), float(low), float(high))


def mean_difference_over_clips(
    first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_], *, confidence: float = 0.95
) -> Interval:
    """Return the accuracy of `second` - `first`, both means over seeds, and its interval over clips.

    Each clip's difference of mean correctness is one value of a Student t interval.

    Args:
      first: [seeds, n] bool, whether the models of a method were right on each clip.
      second: [seeds, n] bool, the other method's models on the same clips.
      confidence: between 0 and 1.
    """
    if first.shape != second.shape:
        raise ValueError(f"{first.shape} and {second.shape} are not the same clips and seeds")
    return mean_over_seeds((second.mean(axis=0) - first.mean(axis=0)).tolist(), confidence=confidence)
