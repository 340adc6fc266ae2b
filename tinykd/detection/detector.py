"""From a model's int8 outputs, hop by hop, to detections: integers only, as on the device.

Every hop the model hears its window and gives one int8 a class. Then:

1. score = outputs[wake] - max(outputs[others]), int16 in -255..255. Both ends
   have one scale and zero point, so this is the log odds in steps of the scale.
2. sum = the sum of the last `smooth_hops` scores, int32. Scores from before the
   start count -255 each, so a device fills its ring with -255.
3. While a countdown runs, it falls by one and nothing is detected. Else, if
   sum >= `threshold`, a detection; the countdown starts at `refractory_hops`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

SCORE_MIN = -255
SCORE_MAX = 255

Int8 = npt.NDArray[np.int8]
Scores = npt.NDArray[np.int16]
Sums = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Detector:
    """Every number of the detection on a device.

    hop_ms: time from one window to the next.
    smooth_hops: scores in a sum, at least 1.
    threshold: least sum that is a detection.
    refractory_hops: hops after a detection in which there is no other.
    """

    hop_ms: int
    smooth_hops: int
    threshold: int
    refractory_hops: int

    def settings(self) -> dict[str, Any]:
        """Return the numbers by name, as JSON-like values."""
        return asdict(self)

    def detections(self, scores: Scores) -> npt.NDArray[np.intp]:
        """Return the hops at which `scores` [hops] of one stream make a detection."""
        sums = smoothed(scores, self.smooth_hops)
        return detections(sums, threshold=self.threshold, refractory_hops=self.refractory_hops)


def hop_scores(outputs: Int8, *, wake: int = 0) -> Scores:
    """Return wake output minus the largest other output.

    Args:
      outputs: [hops, classes] int8, two classes or more.
      wake: the wake word's class.

    Returns:
      [hops] int16 in -255..255.
    """
    wide = outputs.astype(np.int16)
    others = np.delete(wide, wake, axis=1)
    scores: Scores = wide[:, wake] - others.max(axis=1)
    return scores


def smoothed(scores: Scores, hops: int) -> Sums:
    """Return the sum of the last `hops` scores at each hop, -255 for those before the start.

    Args:
      scores: [n] int16.
      hops: at least 1.

    Returns:
      [n] int32.
    """
    padded = np.concatenate([np.full(hops, SCORE_MIN, np.int64), scores.astype(np.int64)])
    total = np.cumsum(padded)
    sums: Sums = (total[hops:] - total[:-hops]).astype(np.int32)
    return sums


def detections(sums: Sums, *, threshold: int, refractory_hops: int) -> npt.NDArray[np.intp]:
    """Return the hops of `sums` [n] that are detections, in order."""
    hits = np.flatnonzero(sums >= threshold)
    found = []
    at = 0
    while at < len(hits):
        found.append(hits[at])
        at = int(np.searchsorted(hits, hits[at] + refractory_hops, side="right"))
    return np.asarray(found, np.intp)
