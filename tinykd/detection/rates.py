"""How often a detector is wrong: false rejects against false accepts an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinykd.detection.detector import SCORE_MIN, Sums, detections

Span = tuple[int, int]  # first hop, and the one after the last


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A detection error trade-off, from the strictest threshold to the loosest.

    thresholds: [n] int32, falling.
    accepts_per_hour: [n] float64, false ones, rising but for what the refractory time hides.
    rejects: [n] float64 in 0..1, false ones, falling.
    """

    thresholds: npt.NDArray[np.int32]
    accepts_per_hour: npt.NDArray[np.float64]
    rejects: npt.NDArray[np.float64]

    def rejects_at(self, accepts_per_hour: float) -> float:
        """Return the share of false rejects at the loosest threshold that keeps the rate of false accepts."""
        return float(self.rejects[self.place_of(accepts_per_hour)])

    def place_of(self, accepts_per_hour: float) -> int:
        """Return the last place up to which every threshold keeps the rate; place 0 accepts nothing."""
        over = np.flatnonzero(self.accepts_per_hour > accepts_per_hour)
        return int(over[0]) - 1 if len(over) else len(self.thresholds) - 1


def spans_in_hops(
    spans_s: Sequence[tuple[float, float]], *, hop_ms: int, clip_ms: int, hops: int, smooth_hops: int
) -> list[Span]:
    """Return the hops in which a detection counts as hearing what was said from start to end.

    A window that ends up to half a window after the word still holds most of it, and
    a sum is late by its length; earlier than the word's own start nothing can be right.

    Args:
      spans_s: start and end of each word, in seconds of the stream.
      hop_ms: from one window to the next.
      clip_ms: of a window.
      hops: in the stream.
      smooth_hops: of the sum.

    Returns:
      One (first, end) a word, within the stream.
    """
    found = []
    for start_s, end_s in spans_s:
        first = int(np.ceil((start_s * 1000 - clip_ms) / hop_ms))
        last = int((end_s * 1000 + clip_ms / 2 - clip_ms) / hop_ms) + smooth_hops - 1
        found.append((min(max(0, first), hops), min(max(0, last + 1), hops)))
    return found


def best_in_spans(sums: Sums, spans: Sequence[Span]) -> Sums:
    """Return the largest sum within each span: [spans] int32, the least possible for an empty span."""
    least = np.iinfo(np.int32).min
    return np.array([sums[first:end].max() if end > first else least for first, end in spans], np.int32)


def heard(hops: npt.NDArray[np.intp], spans: Sequence[Span]) -> npt.NDArray[np.bool_]:
    """Return for each span whether one of the detections `hops` falls into it: [spans]."""
    return np.array([bool(((hops >= first) & (hops < end)).any()) for first, end in spans], np.bool_)


def curve(
    negative_sums: Sums,
    best: Sums,
    *,
    hours: float,
    smooth_hops: int,
    refractory_hops: int,
    most_per_hour: float,
) -> Curve:
    """Return the trade-off over thresholds, down to `most_per_hour` false accepts.

    Args:
      negative_sums: [hops] int32 of a stream without the word.
      best: [words] int32, the largest sum in the span of each word.
      hours: of that stream.
      smooth_hops: scores in a sum, which bounds it.
      refractory_hops: of the detector.
      most_per_hour: where the curve ends: the first rate above it is its last.

    Returns:
      The curve. Its thresholds are the loosest that accept the same: each stands one above a
      negative sum, the first above all of them.
    """
    values = np.unique(negative_sums)[::-1]
    if not len(values):
        values = np.array([SCORE_MIN * smooth_hops])
    thresholds, rates = [int(values[0]) + 1], [0.0]
    for lower in [*(values[1:] + 1), values[-1]]:
        count = len(detections(negative_sums, threshold=int(lower), refractory_hops=refractory_hops))
        thresholds.append(int(lower))
        rates.append(count / hours)
        if rates[-1] > most_per_hour:
            break
    rejects = [float((best < threshold).mean()) if len(best) else 0.0 for threshold in thresholds]
    return Curve(
        thresholds=np.array(thresholds, np.int32),
        accepts_per_hour=np.array(rates),
        rejects=np.array(rejects),
    )
