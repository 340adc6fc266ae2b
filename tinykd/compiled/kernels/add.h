/* Sum or difference of two tensors of different scales. */
#ifndef TKD_ADD_H
#define TKD_ADD_H

#include "requantise.h"

typedef struct {
  int32_t a_zero_point, a_multiplier, a_shift;
  int32_t b_zero_point, b_multiplier, b_shift; /* b_multiplier is negative for a difference */
  int32_t out_zero_point, out_multiplier, out_shift;
  int32_t min, max;
} tkd_add;

/* out[i] = f(a[i * a_step] + b[i * b_step]); a step is 0 or 1. `out` is `a` or `b` (of step 1) or overlaps neither. */
static void tkd_add_s8(const int8_t *a, const int8_t *b, int8_t *out, int32_t count, int32_t a_step, int32_t b_step,
                       const tkd_add *add) {
  const int32_t sign = add->b_multiplier < 0 ? -1 : 1;
  for (int32_t i = 0; i < count; i++) {
    const int32_t a_value = (*a - add->a_zero_point) * (1 << 20);
    const int32_t b_value = (*b - add->b_zero_point) * (1 << 20);
    const int32_t sum = tkd_requantise(a_value, add->a_multiplier, add->a_shift) +
                        sign * tkd_requantise(b_value, sign * add->b_multiplier, add->b_shift);
    const int32_t scaled = tkd_requantise(sum, add->out_multiplier, add->out_shift) + add->out_zero_point;
    out[i] = tkd_clamp(scaled, add->min, add->max);
    a += a_step;
    b += b_step;
  }
}

#endif
