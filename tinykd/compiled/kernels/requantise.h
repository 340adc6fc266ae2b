/* From accumulators to int8. */
#ifndef TKD_REQUANTISE_H
#define TKD_REQUANTISE_H

#include "target.h"

typedef struct {
  int32_t bias;
  int32_t multiplier; /* 0 or 2^30 .. 2^31-1 */
  int32_t shift;      /* -31 .. 30; left where positive */
} tkd_channel;

/* a * b / 2^31, a half rounded up; a and b are not both -2^31. */
static inline int32_t tkd_high_product(int32_t a, int32_t b) {
  return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* value / 2^bits, a half rounded away from zero; 0 <= bits <= 31. */
static inline int32_t tkd_shift_right(int32_t value, int32_t bits) {
  const int32_t mask = (int32_t)((1u << bits) - 1u);
  const int32_t threshold = (mask >> 1) + (value < 0 ? 1 : 0);
  return (value >> bits) + ((value & mask) > threshold ? 1 : 0);
}

/* value * multiplier / 2^31 * 2^shift in the two roundings above; the left shift wraps. */
static inline int32_t tkd_requantise(int32_t value, int32_t multiplier, int32_t shift) {
  const int32_t left = shift > 0 ? shift : 0;
  const int32_t right = shift > 0 ? 0 : -shift;
  return tkd_shift_right(tkd_high_product((int32_t)((uint32_t)value << left), multiplier), right);
}

static inline int8_t tkd_clamp(int32_t value, int32_t min, int32_t max) {
  return (int8_t)(value < min ? min : value > max ? max : value);
}

#endif
