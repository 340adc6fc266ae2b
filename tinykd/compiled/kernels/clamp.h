/* Limits, for a rectifier that keeps the scale. */
#ifndef TKD_CLAMP_H
#define TKD_CLAMP_H

#include "requantise.h"

/* `out` is `in` or does not overlap it. */
static void tkd_clamp_s8(const int8_t *in, int8_t *out, int32_t count, int32_t min, int32_t max) {
  for (int32_t i = 0; i < count; i++) {
    out[i] = tkd_clamp(in[i], min, max);
  }
}

#endif
