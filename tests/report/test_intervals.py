"""Intervals against scipy's own, textbook tables and hand."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tinykd.report.intervals import (
    chance_over_seeds,
    difference_over_clips,
    difference_over_seeds,
    holm,
    mean_difference_over_clips,
    mean_over_seeds,
    wilson,
    within_one_standard_error,
)


@pytest.mark.parametrize(("right", "total"), [(0, 5), (5, 5), (1, 3), (81, 263), (950, 1000), (399, 399)])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_wilson_is_scipy_s_interval(right, total, confidence):
    wanted = scipy.stats.binomtest(right, total).proportion_ci(confidence, method="wilson")
    found = wilson(right, total, confidence=confidence)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)
    assert found.estimate == right / total


@given(total=st.integers(1, 100_000), share=st.floats(0, 1))
def test_wilson_holds_the_estimate_and_stays_a_share(total, share):
    found = wilson(round(share * total), total)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


def test_the_mean_of_three_seeds_by_hand():
    # 90, 92, 94: mean 92, standard deviation 2; from a table, t(0.975, 2) = 4.3027.
    # 4.3027 * 2 / sqrt(3) = 4.9683.
    found = mean_over_seeds([90.0, 92.0, 94.0])
    assert found.estimate == 92.0
    assert found.high - found.estimate == pytest.approx(4.9683, abs=1e-4)
    assert found.estimate - found.low == pytest.approx(4.9683, abs=1e-4)


def test_a_difference_over_seeds_is_scipy_s_paired_t_interval():
    first, second = [0.91, 0.92, 0.905, 0.93], [0.93, 0.925, 0.92, 0.935]
    wanted = scipy.stats.ttest_rel(second, first).confidence_interval(0.95)
    found = difference_over_seeds(first, second)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), rel=1e-9)


def test_seeds_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        difference_over_seeds([0.1, 0.2], [0.1])


def test_a_difference_over_clips_is_scipy_s_paired_bootstrap():
    generator = np.random.default_rng(3)
    first = generator.random(400) < 0.85
    second = np.where(generator.random(400) < 0.15, ~first, first)
    found = difference_over_clips(first, second)
    wanted = scipy.stats.bootstrap(
        (second.astype(float) - first,), np.mean, method="percentile", n_resamples=10_000, rng=1
    ).confidence_interval
    assert found.estimate == pytest.approx(second.mean() - first.mean(), abs=1e-12)
    # Both ends are quantiles of a count of clips out of 400, drawn at random: two clips' worth.
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=2 / 400)


def test_equal_models_differ_by_nothing_and_equal_seeds_draw_the_same():
    right = np.array([True, False, True, True])
    same = difference_over_clips(right, right)
    assert (same.estimate, same.low, same.high) == (0.0, 0.0, 0.0)
    assert difference_over_clips(right, ~right, seed=4) == difference_over_clips(right, ~right, seed=4)


def test_clips_that_do_not_pair_up_are_refused():
    with pytest.raises(ValueError, match="not the same clips"):
        difference_over_clips(np.ones(3, bool), np.ones(1, bool))


def test_the_chance_of_a_difference_is_scipy_s_paired_t_test():
    first, second = [0.91, 0.92, 0.905, 0.93], [0.93, 0.925, 0.92, 0.935]
    wanted = scipy.stats.ttest_rel(second, first).pvalue
    assert chance_over_seeds(first, second) == pytest.approx(wanted, rel=1e-9)
    assert chance_over_seeds(second, first) == pytest.approx(wanted, rel=1e-9)
    assert chance_over_seeds(first, first) == 1.0
    assert chance_over_seeds([0.0, 0.0], [0.5, 0.5]) == 0.0


def test_holm_s_steps_by_hand():
    # Sorted 0.01, 0.015, 0.03, 0.04 against 0.05 / 4, / 3, / 2, / 1: the third, 0.03 > 0.025, ends it.
    assert holm([0.04, 0.01, 0.03, 0.015]) == [False, True, False, True]
    assert holm([0.013, 0.02]) == [True, True]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_bonferroni_and_no_correction(chances):
    for chance, holds in zip(chances, holm(chances), strict=True):
        assert holds >= (chance <= 0.05 / len(chances))
        assert holds <= (chance <= 0.05)


def test_a_mean_difference_over_clips_is_scipy_s_interval_of_the_clips_means():
    rng = np.random.default_rng(0)
    first, second = rng.random((3, 200)) < 0.8, rng.random((3, 200)) < 0.9
    wanted = scipy.stats.ttest_rel(second.mean(0), first.mean(0)).confidence_interval(0.95)
    found = mean_difference_over_clips(first, second)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)
    assert found.estimate == pytest.approx(second.mean() - first.mean())
    with pytest.raises(ValueError, match="not the same clips and seeds"):
        mean_difference_over_clips(first, second[:2])


def test_one_standard_error_is_of_the_paired_differences():
    # Differences 2, 0 and 1: mean 1, standard error 1 / sqrt 3 = 0.577; 2, -2 and 1: 0.333 and 1.202.
    assert not within_one_standard_error([5, 5, 5], [3, 5, 4])
    assert within_one_standard_error([5, 5, 5], [3, 7, 4])
    assert within_one_standard_error([5, 5], [5, 5])
    assert not within_one_standard_error([5, 5], [4, 4])  # no spread at all
