"""Threshold and smoothing for a wanted rate of false accepts, chosen on validation streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinykd.detection.detector import Detector, Scores, Sums, smoothed
from tinykd.detection.rates import Curve, best_in_spans, curve, spans_in_hops

_CURVE_ENDS_AT = 16.0  # times the wanted rate: what lies beyond is of no use to the choice


@dataclass(frozen=True, kw_only=True)
class Heard:
    """The scores of one split's two streams.

    negatives: [hops] int16 over audio without the word.
    hours: of that audio.
    positives: [hops] int16 over audio with it.
    spans_s: start and end of each word in seconds.
    near: [hops] int16 over near phrases alone, which the rate does not count; None where not listened to.
    """

    negatives: Scores
    hours: float
    positives: Scores
    spans_s: Sequence[tuple[float, float]]
    near: Scores | None = None

    def trade_off(
        self, *, hop_ms: int, clip_ms: int, smooth_hops: int, refractory_hops: int, most_per_hour: float
    ) -> tuple[Curve, Sums]:
        """Return (curve, largest sum of each word) under a smoothing."""
        hops = len(self.positives)
        spans = spans_in_hops(
            self.spans_s, hop_ms=hop_ms, clip_ms=clip_ms, hops=hops, smooth_hops=smooth_hops
        )
        best = best_in_spans(smoothed(self.positives, smooth_hops), spans)
        found = curve(
            smoothed(self.negatives, smooth_hops),
            best,
            hours=self.hours,
            smooth_hops=smooth_hops,
            refractory_hops=refractory_hops,
            most_per_hour=most_per_hour,
        )
        return found, best


def choose(
    heard: Heard,
    *,
    accepts_per_hour: float,
    smooth_hops: Sequence[int],
    hop_ms: int,
    clip_ms: int,
    refractory_hops: int,
) -> Detector:
    """Choose smoothing and threshold.

    Of each smoothing, the loosest threshold that keeps the wanted rate, and the
    strictest one that rejects no word more: the threshold is their middle. Of the
    smoothings, the one with the fewest false rejects; of equals, the one with the most
    room between the two thresholds per score; of equals, the shortest.

    Args:
      heard: the validation split's scores.
      accepts_per_hour: wanted rate of false accepts.
      smooth_hops: the smoothings to choose from, each at least 1.
      hop_ms: from one window to the next.
      clip_ms: of a window.
      refractory_hops: of the detector.

    Returns:
      The detector.
    """
    ranked = []
    for hops in sorted(smooth_hops):
        found, best = heard.trade_off(
            hop_ms=hop_ms,
            clip_ms=clip_ms,
            smooth_hops=hops,
            refractory_hops=refractory_hops,
            most_per_hour=accepts_per_hour,
        )
        place = found.place_of(accepts_per_hour)
        low = int(found.thresholds[place])
        passed = best[best >= low]
        high = int(passed.min()) if len(passed) else low
        ranked.append(((found.rejects[place], -(high - low) / hops, hops), (low + high) // 2))
    (_, _, hops), threshold = min(ranked)
    return Detector(hop_ms=hop_ms, smooth_hops=hops, threshold=threshold, refractory_hops=refractory_hops)


def rank(
    heard: Heard,
    *,
    accepts_per_hour: float,
    smooth_hops: int,
    hop_ms: int,
    clip_ms: int,
    refractory_hops: int,
) -> tuple[float, float]:
    """Return how good a model is for a wanted rate of false accepts; larger is better.

    Returns:
      (minus the false rejects at that rate, minus their mean over 1, 2, 4, 8 and 16
      times the rate): few words make the first one coarse, the second decides between equals.
    """
    found, _ = heard.trade_off(
        hop_ms=hop_ms,
        clip_ms=clip_ms,
        smooth_hops=smooth_hops,
        refractory_hops=refractory_hops,
        most_per_hour=accepts_per_hour * _CURVE_ENDS_AT,
    )
    rates = accepts_per_hour * 2.0 ** np.arange(5)
    rejects = [found.rejects_at(rate) for rate in rates]
    return -rejects[0], -float(np.mean(rejects))
