"""Uneven times to an even rate, held to sums worked by hand and to scipy's quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from tinykd.datasets.resample import check_times, resample_even
from tinykd.errors import DataError


def uneven(rows: int, seed: int) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).uniform(3.0, 35.0, rows))


def test_a_line_stays_that_line_at_the_middle_of_each_row():
    time = uneven(200, 1)
    made = resample_even((2.0 * (time - time[0]) / 1000.0)[:, None], time, rate_hz=50)
    middles = (np.arange(len(made)) + 0.5) / 50
    np.testing.assert_allclose(made[:, 0], 2.0 * middles, atol=1e-5)  # float32


def test_rows_are_means_of_the_straight_lines_between_samples():
    time, values = uneven(40, 2), np.random.default_rng(3).normal(size=40)
    made = resample_even(values[:, None], time, rate_hz=25)

    def line(second: float) -> float:
        return float(np.interp(second * 1000.0 + time[0], time, values))

    for row in (0, 3, len(made) - 1):
        inside = [t for t in (time - time[0]) / 1000.0 if row / 25 < t < (row + 1) / 25]
        expected = quad(line, row / 25, (row + 1) / 25, points=inside or None, limit=200)[0] * 25
        assert made[row, 0] == pytest.approx(expected, abs=1e-5)


def test_what_is_faster_than_the_new_rate_is_averaged_away_and_not_folded_down():
    time = np.arange(0, 2000, 2.5)  # 400 Hz
    tone = np.sin(2 * np.pi * 50.0 * time / 1000.0)  # whole periods in a row of 50 Hz
    assert np.abs(resample_even(tone[:, None], time, rate_hz=50)).max() < 0.01


def test_two_rows_of_one_time_are_a_jump():
    time = np.array([0.0, 20.0, 20.0, 40.0])
    made = resample_even(np.array([[0.0], [0.0], [1.0], [1.0]]), time, rate_hz=50)
    np.testing.assert_allclose(made[:, 0], [0.0, 1.0])


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.floats(0.5, 60.0), min_size=2, max_size=60),
    value=st.floats(-50, 50),
    rate=st.integers(5, 200),
)
def test_a_constant_stays_that_constant_whatever_the_times(steps, value, rate):
    time = np.cumsum([0.0, *steps])
    made = resample_even(np.full((len(time), 2), value), time, rate_hz=rate)
    assert made.shape == (max(1, int(time[-1] / 1000 * rate + 1e-9)), 2)
    np.testing.assert_allclose(made, value, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("times", "line"),
    [
        ([5.0], "walk.csv: it has 1 rows; two or more"),
        ([0.0, 10.0, 9.0], "walk.csv: the time falls from row 2 to 3; times in ms that rise from row to row"),
        ([4.0, 4.0], "walk.csv: its time stands still; times in ms that rise from row to row"),
        (
            [0.0, 10.0, 300.0],
            "walk.csv: a gap of 290 ms after row 2; gaps up to dataset.max_gap_ms = 200, or two recordings",
        ),
    ],
)
def test_times_that_cannot_be_mended_are_one_line(times, line):
    with pytest.raises(DataError) as caught:
        check_times(np.array(times), max_gap_ms=200, where="walk.csv")
    assert str(caught.value) == line
