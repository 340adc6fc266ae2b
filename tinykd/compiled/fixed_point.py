"""Fixed-point arithmetic as TFLite Micro computes it, on Python's integers.

Source: gemmlowp's fixed point (its doc/quantization.md and the int32 definitions) and TensorFlow Lite's
quantisation specification; the rounding variant (two roundings) was found by comparing outputs with the
pinned tflite-micro.
"""

from __future__ import annotations

import math

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Return (multiplier, shift) with real ~ multiplier / 2**31 * 2**shift.

    Args:
      real: a finite number, 0 or above.

    Returns:
      multiplier 0 or 2**30..2**31 - 1, shift at least -31; a number below 2**-32 gives (0, 0).
    """
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * 2**31 + 0.5)
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def wrap(value: int) -> int:
    """Return `value` as the int32 that C's two's complement keeps of it."""
    return (value + 2**31) % 2**32 - 2**31


def saturate(value: int) -> int:
    """Return the int32 nearest to `value`."""
    return max(INT32_MIN, min(INT32_MAX, value))


def high_product(a: int, b: int) -> int:
    """Return round(a * b / 2**31), a half up; the one product that does not fit is the largest int32."""
    return saturate((a * b + 2**30) >> 31)


def shift_right(value: int, bits: int) -> int:
    """Return value / 2**bits, rounded to the nearest, a half away from zero."""
    mask = (1 << bits) - 1
    threshold = (mask >> 1) + (1 if value < 0 else 0)
    return (value >> bits) + (1 if value & mask > threshold else 0)


def requantise(value: int, multiplier: int, shift: int) -> int:
    """Return value * multiplier / 2**31 * 2**shift in TFLite Micro's two roundings."""
    return shift_right(high_product(wrap(value << max(shift, 0)), multiplier), max(-shift, 0))


def round_half_away(value: float) -> int:
    """Return C's round: the nearest integer, a half away from zero."""
    return math.floor(abs(value) + 0.5) * (1 if value >= 0 else -1)


def clamp_int8(value: int) -> int:
    """Return the int8 nearest to `value`."""
    return max(-128, min(127, value))


def input_radius(integer_bits: int, left_shift: int, signed_bits: int) -> int:
    """Return the largest input whose scaled value stays within `integer_bits` integer bits."""
    return math.floor(((1 << integer_bits) - 1) * (1 << (signed_bits - integer_bits)) / (1 << left_shift))


# exp(-2**exponent) as a fixed point with 31 fractional bits, for exponents -2..4.
EXP_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
EXP_MINUS_EIGHTH = 1895147668
THIRD = 715827883


def exp_of_negative(value: int, integer_bits: int) -> int:
    """Return exp(value) with 31 fractional bits, for value <= 0 with `integer_bits` integer bits.

    The part within (-1/4, 0] goes through a polynomial of degree 4 around -1/8, each set bit above through a
    factor.
    """
    if value == 0:
        return INT32_MAX
    fractional_bits = 31 - integer_bits
    quarter = 1 << (fractional_bits - 2)
    low = (value & (quarter - 1)) - quarter
    x = saturate(low << integer_bits) + (1 << 28)
    x2 = high_product(x, x)
    x3 = high_product(x2, x)
    x4 = high_product(x2, x2)
    tail = shift_right(high_product(shift_right(x4, 2) + x3, THIRD) + x2, 1)
    result = EXP_MINUS_EIGHTH + high_product(EXP_MINUS_EIGHTH, x + tail)
    remainder = low - value
    for exponent, factor in enumerate(EXP_FACTORS, start=-2):
        if exponent < integer_bits and remainder & (1 << (fractional_bits + exponent)):
            result = high_product(result, factor)
    return result


def _reciprocal_of_half(half: int) -> int:
    """Return 1 / half with 29 fractional bits, for half in [1/2, 1) with 31: three Newton steps."""
    x = 1515870810 + high_product(half, -1010580540)
    for _ in range(3):
        x += saturate(high_product(x, (1 << 29) - high_product(half, x)) << 2)
    return x


def _half_of_one_plus(value: int) -> int:
    total = value + INT32_MAX
    return (total + 1) // 2 if total >= 0 else -((1 - total) // 2)


def logistic(value: int, integer_bits: int) -> int:
    """Return 1 / (1 + exp(-value)) with 31 fractional bits."""
    if value == 0:
        return 1 << 30
    positive = saturate(
        _reciprocal_of_half(_half_of_one_plus(exp_of_negative(-abs(value), integer_bits))) << 1
    )
    return positive if value > 0 else INT32_MAX - positive


def tanh(value: int, integer_bits: int) -> int:
    """Return the hyperbolic tangent of `value` with 31 fractional bits."""
    if value == 0:
        return 0
    x = _reciprocal_of_half(_half_of_one_plus(exp_of_negative(-abs(value), integer_bits + 1)))
    positive = saturate((x - (1 << 29)) << 2)
    return positive if value > 0 else -positive
