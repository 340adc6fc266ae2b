"""Whether a model's confidence can be believed: shares that were right, by how sure it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 15  # as in the source


@dataclass(frozen=True)
class Reliability:
    """Examples in bins of equal width by the probability of the predicted class.

    counts: [bins] examples.
    confidence: [bins] mean probability, 0..1; 0 in an empty bin.
    accuracy: [bins] share that was right, 0..1; 0 in an empty bin.
    """

    counts: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]

    @property
    def error(self) -> float:
        """Return the expected calibration error, 0..1: the mean gap, by examples."""
        gaps = np.abs(self.accuracy - self.confidence)
        return float((self.counts * gaps).sum() / max(1, self.counts.sum()))


def reliability(
    probabilities: npt.NDArray[Any], labels: npt.NDArray[np.integer[Any]], *, bins: int = BINS
) -> Reliability:
    """Return how often predictions of each confidence were right.

    Args:
      probabilities: [n, classes], rows in 0..1; int8 outputs may sum to a little less than 1.
      labels: [n], the true classes.
      bins: how many, of equal width; each takes its upper end, the first also 0.
    Source: Guo et al. 2017, arXiv:1706.04599, section 2.
    """
    sure = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    places = np.clip(np.ceil(sure * bins).astype(np.int64) - 1, 0, bins - 1)
    counts = np.bincount(places, minlength=bins)
    filled = np.maximum(counts, 1)
    return Reliability(
        counts=counts,
        confidence=np.bincount(places, weights=sure, minlength=bins) / filled,
        accuracy=np.bincount(places, weights=right, minlength=bins) / filled,
    )
