/* Sums over axes. */
#ifndef TKD_REDUCE_H
#define TKD_REDUCE_H

#include "requantise.h"

/* out[k] = f(sum over i, j of in[k * step + i * outer_step + j * inner_step] + bias), k < count. */
static void tkd_reduce_s8(const int8_t *in, int8_t *out, int32_t count, int32_t step, int32_t outer,
                          int32_t outer_step, int32_t inner, int32_t inner_step, int32_t bias, int32_t multiplier,
                          int32_t shift, int32_t out_zero_point) {
  for (int32_t k = 0; k < count; k++) {
    int32_t sum = bias;
    for (int32_t i = 0; i < outer; i++) {
      for (int32_t j = 0; j < inner; j++) {
        sum += in[k * step + i * outer_step + j * inner_step];
      }
    }
    out[k] = tkd_clamp(tkd_requantise(sum, multiplier, shift) + out_zero_point, -128, 127);
  }
}

#endif
