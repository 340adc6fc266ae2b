"""Threshold and smoothing: chosen as a person would on scores small enough to look at."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.detection.choice import Heard, choose, rank

SETTINGS = {"hop_ms": 100, "clip_ms": 1000, "refractory_hops": 0}


def heard(negatives, words, *, hours=1.0, length=1):
    """Words of `length` hops with the given scores, ten hops apart, over -200."""
    positives = np.full(20 + 20 * len(words), -200, np.int16)
    spans = []
    for place, score in enumerate(words):
        hop = 20 + 20 * place
        positives[hop : hop + length] = score
        spans.append((hop / 10 + 0.7, hop / 10 + 1.0))  # the window at `hop` ends with the word
    return Heard(negatives=np.asarray(negatives, np.int16), hours=hours, positives=positives, spans_s=spans)


def test_the_threshold_stands_midway_between_what_must_not_and_what_should_pass():
    found = choose(heard([10, 50], [90, 120]), accepts_per_hour=0.5, smooth_hops=[1], **SETTINGS)
    # Loosest without a false accept: 51; strictest that still hears both words: 90.
    assert (found.threshold, found.smooth_hops) == (70, 1)


def test_a_wanted_rate_lets_as_many_pass():
    negatives, words = [10, 50, 100], [90, 120]
    assert choose(heard(negatives, words), accepts_per_hour=0.5, smooth_hops=[1], **SETTINGS).threshold == 110
    # The loosest is 101, which hears the second word; the strictest that does is 120. One an hour lets
    # the one at 100 pass: the loosest is 51, the strictest that hears both words 90.
    assert choose(heard(negatives, words), accepts_per_hour=1.0, smooth_hops=[1], **SETTINGS).threshold == 70


def test_smoothing_is_chosen_where_clicks_are_louder_than_words():
    negatives = np.full(100, -200)
    negatives[50] = 200  # a click: one hop; words last four
    found = choose(
        heard(negatives, [90, 120], length=4), accepts_per_hour=0.5, smooth_hops=[1, 4], **SETTINGS
    )
    assert found.smooth_hops == 4


def test_where_nothing_passes_the_threshold_still_keeps_the_rate():
    found = choose(heard([100, 120], [-50]), accepts_per_hour=0.5, smooth_hops=[1], **SETTINGS)
    assert found.threshold == 121


@pytest.mark.parametrize(
    ("negatives", "expected"),
    # False rejects at 0.5, 1, 2, 4 and 8 an hour, two words at 60 and 120, by hand.
    [([], (0, 0)), ([100], (-0.5, -0.1)), ([100, 100, 100], (-0.5, -0.3)), ([130], (-1.0, -0.2))],
)
def test_the_rank_is_the_rejects_at_the_wanted_rate_then_their_mean_over_looser_ones(negatives, expected):
    found = rank(heard([-200, *negatives], [60, 120]), accepts_per_hour=0.5, smooth_hops=1, **SETTINGS)
    assert found == pytest.approx(expected)
