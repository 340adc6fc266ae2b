import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.anomaly.curves import auc, judged, lowest, partial_auc, run_means, threshold


@given(st.lists(st.tuples(st.integers(-128, 127), st.booleans()), min_size=2, max_size=60))
def test_auc_is_the_share_of_pairs_in_order_with_ties_by_half(pairs):
    scores = np.array([score for score, _ in pairs])
    labels = np.array([label for _, label in pairs], np.uint8)
    low, high = scores[labels == 0], scores[labels == 1]
    if not (len(low) and len(high)):
        assert np.isnan(auc(scores, labels))
        return
    # The Mann-Whitney statistic, by counting.
    wins = (high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean()
    assert auc(scores, labels) == pytest.approx(wins)


def test_partial_auc_by_hand():
    # Ten normals; one of them above all anomalies but one. The curve jumps to 1/2 at rate 0, stays
    # until 0.1: area 0.05. McClish: (1 + (0.05 - 0.005) / (0.1 - 0.005)) / 2 = 0.736842.
    scores = np.array([*range(9), 50, 40, 60])
    labels = np.array([0] * 10 + [1, 1])
    assert partial_auc(scores, labels) == pytest.approx(0.736842, abs=1e-6)


def test_machines_with_one_label_only_have_no_figure_of_their_own():
    found = judged(np.array([1, 2, 3, 4]), np.array([0, 1, 0, 0]), ["a", "a", "b", "b"])
    assert sorted(found) == ["a", "all"]
    assert found["a"] == {"n": 2, "anomalies": 1, "auc": 1.0, "partial_auc": 1.0}


@pytest.mark.parametrize(("share", "expected"), [(0.0, 9), (0.1, 8), (0.25, 7), (1.0, -1)])
def test_threshold_by_hand_of_0_to_9(share, expected):
    scores = np.random.default_rng(0).permutation(10)
    assert threshold(scores, false_alarms=share) == expected


@given(st.lists(st.integers(-128, 127), min_size=1, max_size=99), st.floats(0, 1))
def test_at_most_the_allowed_share_lies_above_and_one_step_lower_is_too_low(scores, share):
    values = np.array(scores)
    limit = threshold(values, false_alarms=share)
    assert (values > limit).mean() <= share + 1e-12
    assert (values > limit - 1).mean() > share or limit < values.min()


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=50), st.floats(0.01, 1.0))
def test_the_lowest_share_lies_below_all_others(scores, share):
    values = np.array(scores)
    places = lowest(values, share)
    assert len(places) == max(1, round(share * len(values)))
    assert np.array_equal(places, np.unique(places))
    others = np.delete(values, places)
    assert others.size == 0 or values[places].max() <= others.min()


def test_a_run_has_the_mean_of_its_windows():
    np.testing.assert_allclose(run_means(np.array([1, 3, 10]), np.array([0, 0, 1]), 2), [2, 10])
