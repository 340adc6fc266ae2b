"""Standardised logits against values worked by hand and against scipy."""

import numpy as np
import pytest
from scipy.stats import zscore

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_z_scores_by_hand():
    from tinykd.distill.losses import standardise

    # Mean 5, deviations -3, -1, 1, 3, variance 20 / 4 = 5.
    got = standardise(np.array([[2.0, 4.0, 6.0, 8.0]], "f4")).numpy()
    np.testing.assert_allclose(got, np.array([[-3, -1, 1, 3]]) / 5**0.5, rtol=1e-6)


def test_z_scores_are_scipys_with_no_degree_of_freedom_taken():
    from tinykd.distill.losses import standardise

    logits = np.random.default_rng(0).normal(2, 5, (8, 12))
    np.testing.assert_allclose(standardise(logits).numpy(), zscore(logits, axis=1, ddof=0), rtol=1e-6)


def test_shift_and_scale_of_a_students_logits_no_longer_count():
    from tinykd.distill.losses import kd_kl, standardise

    logits = np.random.default_rng(1).normal(0, 3, (6, 5)).astype("f4")
    got = kd_kl(standardise(logits), standardise(0.2 * logits - 7), temperature=2.0).numpy()
    np.testing.assert_allclose(got, 0, atol=1e-9)
