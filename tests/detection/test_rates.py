"""False rejects and false accepts: counted by hand, and by scikit-learn where it counts the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import det_curve

from tinykd.detection.detector import detections
from tinykd.detection.rates import best_in_spans, curve, heard, spans_in_hops


def of(negatives, best, **changes):
    settings = {"hours": 1.0, "smooth_hops": 1, "refractory_hops": 0, "most_per_hour": 1e9} | changes
    return curve(np.asarray(negatives, np.int32), np.asarray(best, np.int32), **settings)


def test_each_threshold_counts_what_reaches_it():
    found = of([5, 1, 3, 3], [2, 4, 9], hours=0.5)
    assert found.thresholds.tolist() == [6, 4, 2, 1]
    assert found.accepts_per_hour.tolist() == [0, 2, 6, 8]
    np.testing.assert_allclose(found.rejects, [2 / 3, 1 / 3, 0, 0])


def test_without_refractory_time_it_is_the_curve_of_scikit_learn():
    rng = np.random.default_rng(1)
    negatives, best = rng.integers(-200, 100, 300), rng.integers(-50, 255, 40)
    found = of(negatives, best)
    false, miss, thresholds = det_curve(
        np.r_[np.ones(40), np.zeros(300)].astype(int), np.r_[best, negatives].astype(float)
    )
    for threshold, rate, share in zip(thresholds, false, miss, strict=True):
        place = np.flatnonzero(found.accepts_per_hour == round(300 * rate))[0]
        assert found.thresholds[place] <= threshold  # as many false accepts, and at least as many phrases
        assert found.rejects[place] <= share + 1e-9
        if threshold == found.thresholds[place]:
            assert np.isclose(found.rejects[place], share)


def test_the_rate_at_a_wanted_one_is_the_loosest_that_keeps_it():
    found = of([5, 1, 3, 3], [2, 4, 9])
    assert found.rejects_at(0.5) == 2 / 3  # only the threshold above every negative
    assert found.rejects_at(1.0) == 1 / 3
    assert found.rejects_at(3.0) == 0
    assert found.rejects_at(100.0) == 0


def test_the_curve_ends_where_nobody_looks():
    assert (
        len(of(np.arange(200), [50], most_per_hour=3).thresholds) == 5
    )  # none, 1, 2, 3, and the first above


def test_the_refractory_time_counts_a_long_sound_once():
    assert of([9, 9, 9, 0], [9], refractory_hops=5).accepts_per_hour.tolist() == [0, 1, 1]


def test_a_span_reaches_from_the_word_to_half_a_window_after_it():
    # A word from 2.0 to 2.6 s, windows of 1 s each 0.1 s. The first window that has any of it ends
    # at 2.0 s: hop 10. The last that counts ends at 3.1 s: hop 21; two more of smoothing.
    assert spans_in_hops([(2.0, 2.6)], hop_ms=100, clip_ms=1000, hops=100, smooth_hops=1) == [(10, 22)]
    assert spans_in_hops([(2.0, 2.6)], hop_ms=100, clip_ms=1000, hops=100, smooth_hops=3) == [(10, 24)]
    assert spans_in_hops([(2.0, 2.6)], hop_ms=100, clip_ms=1000, hops=15, smooth_hops=1) == [(10, 15)]


def test_a_phrase_is_heard_by_a_detection_in_its_span_only():
    assert heard(np.array([3, 12]), [(0, 3), (3, 4), (10, 13), (13, 20)]).tolist() == [
        False,
        True,
        True,
        False,
    ]


@given(
    arrays(np.int32, st.integers(5, 40), elements=st.integers(-99, 99)),
    st.integers(0, 20),
    st.integers(1, 20),
    st.integers(-99, 99),
)
def test_the_largest_sum_of_a_span_reaches_a_threshold_when_a_detection_falls_there(
    sums, start, length, threshold
):
    span = (min(start, len(sums)), min(start + length, len(sums)))
    best = best_in_spans(sums, [span])[0]
    alone = detections(sums[span[0] : span[1]], threshold=threshold, refractory_hops=3)
    assert (best >= threshold) == (len(alone) > 0)
