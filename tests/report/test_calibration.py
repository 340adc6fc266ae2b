"""Reliability against values worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.report.calibration import reliability


def test_the_expected_calibration_error_by_hand():
    # Two bins. Confidences 0.4 (right), 0.5 (wrong) in the lower, 0.9 (right), 0.7 (wrong) in the upper:
    # lower 1/2 right at 0.45, upper 1/2 right at 0.8: (2 * 0.05 + 2 * 0.3) / 4.
    probabilities = np.array([[0.4, 0.3, 0.3], [0.5, 0.4, 0.1], [0.05, 0.9, 0.05], [0.2, 0.1, 0.7]])
    found = reliability(probabilities, np.array([0, 1, 1, 0]), bins=2)
    np.testing.assert_array_equal(found.counts, [2, 2])
    np.testing.assert_allclose(found.confidence, [0.45, 0.8])
    np.testing.assert_allclose(found.accuracy, [0.5, 0.5])
    assert found.error == pytest.approx(0.175)


def test_a_sure_and_right_model_has_no_error_and_a_sure_and_wrong_one_all():
    probabilities = np.eye(3)[[0, 1, 2, 0]]
    assert reliability(probabilities, np.array([0, 1, 2, 0])).error == 0
    assert reliability(probabilities, np.array([1, 2, 0, 1])).error == 1


@given(st.lists(st.tuples(st.floats(0.5, 1.0), st.booleans()), min_size=1, max_size=50))
def test_bins_hold_every_example_once_and_their_means_are_those_of_all(examples):
    sure, right = np.array([s for s, _ in examples]), np.array([r for _, r in examples])
    found = reliability(np.stack([sure, 1 - sure], axis=1), np.where(right, 0, 1))
    assert found.counts.sum() == len(examples)
    assert (found.counts * found.accuracy).sum() == pytest.approx(right.sum())
    assert (found.counts * found.confidence).sum() == pytest.approx(sure.sum())
    assert 0 <= found.error <= 1
