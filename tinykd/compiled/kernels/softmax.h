/* Softmax in fixed point. */
#ifndef TKD_SOFTMAX_H
#define TKD_SOFTMAX_H

#include "requantise.h"

static inline int32_t tkd_saturated_left(int32_t value, int32_t bits) {
  const int32_t limit = INT32_MAX >> bits;
  return value > limit ? INT32_MAX : value < -limit - 1 ? INT32_MIN : value * (1 << bits);
}

/* exp(value), 31 fractional bits, of value <= 0 with 26: a polynomial around -1/8 for the part in (-1/4, 0], and a
   factor for every bit above. */
static int32_t tkd_exp(int32_t value) {
  static const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  if (value == 0) {
    return INT32_MAX;
  }
  const int32_t quarter = 1 << 24;
  const int32_t low = (value & (quarter - 1)) - quarter;
  const int32_t x = low * (1 << 5) + (1 << 28);
  const int32_t x2 = tkd_high_product(x, x);
  const int32_t x3 = tkd_high_product(x2, x);
  const int32_t x4 = tkd_high_product(x2, x2);
  const int32_t tail = tkd_shift_right(tkd_high_product(tkd_shift_right(x4, 2) + x3, 715827883) + x2, 1);
  int32_t result = 1895147668 + tkd_high_product(1895147668, x + tail);
  const int32_t remainder = low - value;
  for (int32_t bit = 0; bit < 7; bit++) {
    if (remainder & (quarter << bit)) {
      result = tkd_high_product(result, factors[bit]);
    }
  }
  return result;
}

/* Softmax of one row, scale 1/256, zero point -128. Differences from the largest below `least` count as 0; they are
   scaled by multiplier and shift to 26 fractional bits. `out` is `in` or does not overlap it. */
static void tkd_softmax_s8(const int8_t *in, int8_t *out, int32_t count, int32_t multiplier, int32_t shift,
                           int32_t least) {
  int32_t largest = -128;
  for (int32_t i = 0; i < count; i++) {
    largest = in[i] > largest ? in[i] : largest;
  }
  uint32_t sum = 0; /* 12 integer bits */
  for (int32_t i = 0; i < count; i++) {
    const int32_t difference = in[i] - largest;
    if (difference >= least) {
      sum += (uint32_t)tkd_shift_right(tkd_exp(tkd_high_product((int32_t)((uint32_t)difference << shift), multiplier)), 12);
    }
  }
  int32_t zeros = 0; /* leading; the sum is at least 2^19 */
  while (!(sum & 0x80000000u)) {
    sum <<= 1;
    zeros++;
  }
  /* 1 / (1 + x) for x in [0, 1) by Newton's method, on the half of 1 + x, with 29 fractional bits. */
  const int32_t half = (int32_t)(sum >> 1);
  int32_t reciprocal = 1515870810 + tkd_high_product(half, -1010580540);
  for (int32_t step = 0; step < 3; step++) {
    reciprocal += tkd_saturated_left(tkd_high_product(reciprocal, (1 << 29) - tkd_high_product(half, reciprocal)), 2);
  }
  const int32_t scale = tkd_saturated_left(reciprocal, 1);
  const int32_t bits = 12 - zeros + 31 - 8;
  const int32_t exponent = bits < 31 ? bits : 31;
  for (int32_t i = 0; i < count; i++) {
    const int32_t difference = in[i] - largest;
    int32_t value = -128;
    if (difference >= least) {
      const int32_t power = tkd_exp(tkd_high_product((int32_t)((uint32_t)difference << shift), multiplier));
      value = tkd_shift_right(tkd_high_product(scale, power), exponent) - 128;
    }
    out[i] = tkd_clamp(value, -128, 127);
  }
}

#endif
