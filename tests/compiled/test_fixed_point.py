"""Fixed-point arithmetic against exact fractions and the functions it stands for."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.compiled import fixed_point as fp

PATIENT = settings(deadline=None)  # a busy machine is no fault
INT32 = st.integers(-(2**31), 2**31 - 1)


def nearest(value: Fraction, *, half) -> int:
    """Round to the nearest integer; `half` says where an exact half goes."""
    floor = math.floor(value)
    rest = value - floor
    if rest == Fraction(1, 2):
        return half(floor, value)
    return floor + (rest > Fraction(1, 2))


@PATIENT
@given(st.floats(1e-9, 1e6))
def test_a_multiplier_is_the_number_to_31_bits(real):
    multiplier, shift = fp.quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert abs(Fraction(multiplier) * Fraction(2) ** (shift - 31) / Fraction(real) - 1) <= Fraction(1, 2**31)


def test_multipliers_by_hand():
    assert fp.quantize_multiplier(0.0) == (0, 0)
    assert fp.quantize_multiplier(1.0) == (2**30, 1)
    assert fp.quantize_multiplier(0.75) == (3 * 2**29, 0)
    assert fp.quantize_multiplier(1 - 2**-40) == (2**30, 1)  # rounds up to the next power of two
    assert fp.quantize_multiplier(2.0**-40) == (0, 0)


@PATIENT
@given(INT32, INT32)
def test_the_high_product_rounds_a_half_up(a, b):
    exact = nearest(Fraction(a * b, 2**31), half=lambda floor, value: floor + 1)
    assert fp.high_product(a, b) == max(-(2**31), min(2**31 - 1, exact))


@PATIENT
@given(INT32, st.integers(0, 31))
def test_the_right_shift_rounds_a_half_away_from_zero(value, bits):
    exact = nearest(Fraction(value, 2**bits), half=lambda floor, value: floor + 1 if value > 0 else floor)
    assert fp.shift_right(value, bits) == exact


@PATIENT
@given(INT32)
def test_wrapping_keeps_the_low_32_bits(value):
    assert fp.wrap(value + 2**32) == fp.wrap(value - 2**32) == value
    assert fp.wrap(2**31) == -(2**31)


@pytest.mark.parametrize(("value", "expected"), [(0.5, 1), (-0.5, -1), (2.4, 2), (-2.6, -3), (1.5, 2)])
def test_halves_round_away_from_zero(value, expected):
    assert fp.round_half_away(value) == expected


@PATIENT
@given(st.floats(-15.9, 0))
def test_the_exponential_is_that_of_math(x):
    # The first term that the polynomial leaves out is at most (1/8)**5 / 120 = 2.5e-7.
    value = round(x * 2**26)
    assert fp.exp_of_negative(value, 5) / 2**31 == pytest.approx(math.exp(value / 2**26), abs=3e-7)


@PATIENT
@given(st.floats(-7.9, 7.9))
def test_the_logistic_and_the_hyperbolic_tangent_are_those_of_math(x):
    value = round(x * 2**27)
    real = value / 2**27
    assert fp.logistic(value, 4) / 2**31 == pytest.approx(1 / (1 + math.exp(-real)), abs=3e-7)
    assert fp.tanh(value, 4) / 2**31 == pytest.approx(math.tanh(real), abs=3e-7)
