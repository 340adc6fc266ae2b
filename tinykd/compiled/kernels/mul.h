/* Product of two tensors. */
#ifndef TKD_MUL_H
#define TKD_MUL_H

#include "requantise.h"

/* out[i] = f(a[i * a_step] * b[i * b_step]); a step is 0 or 1. `out` is `a` or `b` (of step 1) or overlaps neither. */
static void tkd_mul_s8(const int8_t *a, const int8_t *b, int8_t *out, int32_t count, int32_t a_step, int32_t b_step,
                       int32_t a_zero_point, int32_t b_zero_point, int32_t out_zero_point, int32_t multiplier,
                       int32_t shift, int32_t min, int32_t max) {
  for (int32_t i = 0; i < count; i++) {
    const int32_t product = (*a - a_zero_point) * (*b - b_zero_point);
    out[i] = tkd_clamp(tkd_requantise(product, multiplier, shift) + out_zero_point, min, max);
    a += a_step;
    b += b_step;
  }
}

#endif
