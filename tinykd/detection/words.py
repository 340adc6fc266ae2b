"""Which of several words in a stream: each has its smoothed scores, the largest is asked."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tinykd.detection.detector import Detector, Int8, Scores, detections, hop_scores, smoothed
from tinykd.recipe import StreamDetection


def detector_for(section: StreamDetection, *, scale: float) -> Detector:
    """Return the recipe's detector for a model's output scale: the threshold is a sum of log odds.

    Args:
      section: the recipe's [detection].
      scale: of the model's outputs, which are logits.
    """
    odds = math.log(section.probability / (1.0 - section.probability))
    return Detector(
        hop_ms=section.hop_ms,
        smooth_hops=section.smooth_hops,
        threshold=round(section.smooth_hops * odds / scale),
        refractory_hops=section.refractory_ms // section.hop_ms,
    )


def word_scores(outputs: Int8, *, words: int) -> Scores:
    """Return each word's output minus the largest other output.

    Args:
      outputs: [hops, classes] int8, two classes or more.
      words: how many of the first classes are words, at least 1.

    Returns:
      [hops, words] int16 in -255..255.
    """
    return np.stack([hop_scores(outputs, wake=word) for word in range(words)], axis=1)


def word_detections(scores: Scores, detector: Detector) -> list[tuple[int, int]]:
    """Return (hop, word) of each detection in one stream, in order.

    At each hop the word with the largest sum (of equals the first) is asked; after a
    detection no word is detected for `detector.refractory_hops`. With one word this is
    `Detector.detections`.

    Args:
      scores: [hops, words] int16.
      detector: smoothing, threshold and refractory time, the same for all words.
    """
    sums: npt.NDArray[np.int32] = np.stack(
        [smoothed(column, detector.smooth_hops) for column in scores.T], axis=1
    )
    best = sums.argmax(axis=1)
    found = detections(
        sums.max(axis=1), threshold=detector.threshold, refractory_hops=detector.refractory_hops
    )
    return [(int(hop), int(best[hop])) for hop in found]
