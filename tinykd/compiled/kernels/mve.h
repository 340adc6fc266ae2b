/* The vector instructions of the M55 that the kernels use. */
#ifndef TKD_MVE_H
#define TKD_MVE_H

#include "requantise.h"

#if TKD_MVE
#include <arm_mve.h>

/* tkd_requantise of four accumulators, then clamp(... + zero_point, min, max). */
static inline int32x4_t tkd_outputs_mve(int32x4_t acc, int32x4_t multiplier, int32x4_t shift, int32_t zero_point,
                                        int32_t min, int32_t max) {
  const int32x4_t zero = vdupq_n_s32(0);
  const int32x4_t right = vminq_s32(shift, zero);
  acc = vshlq_s32(acc, vmaxq_s32(shift, zero));
  acc = vqrdmulhq_s32(acc, multiplier);
  acc = vaddq_s32(acc, vshrq_n_s32(vandq_s32(acc, right), 31)); /* a half goes away from zero */
  acc = vqaddq_n_s32(vrshlq_s32(acc, right), zero_point);
  return vmaxq_s32(vminq_s32(acc, vdupq_n_s32(max)), vdupq_n_s32(min));
}

/* Four channels' bias, multiplier or shift: `first` is the first one's. Lanes outside `lanes` are 0. */
static inline int32x4_t tkd_of_channels_mve(const int32_t *first, mve_pred16_t lanes) {
  const uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)(sizeof(tkd_channel) / sizeof(int32_t)));
  return vldrwq_gather_shifted_offset_z_s32(first, offsets, lanes);
}

/* Sums of row[k] * weights[i * depth + k], i < 4; only the first `count` rows are read. */
static inline int32x4_t tkd_sums_mve(const int8_t *row, const int8_t *weights, int32_t depth, int32_t count) {
  const int8_t *first = weights;
  const int8_t *second = count > 1 ? first + depth : first;
  const int8_t *third = count > 2 ? second + depth : first;
  const int8_t *fourth = count > 3 ? third + depth : first;
  int32_t a = 0, b = 0, c = 0, d = 0;
  int32_t left = depth;
  for (; left >= 16; left -= 16) {
    const int8x16_t x = vldrbq_s8(row);
    a = vmladavaq_s8(a, x, vldrbq_s8(first));
    b = vmladavaq_s8(b, x, vldrbq_s8(second));
    c = vmladavaq_s8(c, x, vldrbq_s8(third));
    d = vmladavaq_s8(d, x, vldrbq_s8(fourth));
    row += 16;
    first += 16;
    second += 16;
    third += 16;
    fourth += 16;
  }
  if (left > 0) {
    const mve_pred16_t bytes = vctp8q((uint32_t)left);
    const int8x16_t x = vldrbq_z_s8(row, bytes);
    a = vmladavaq_s8(a, x, vldrbq_z_s8(first, bytes));
    b = vmladavaq_s8(b, x, vldrbq_z_s8(second, bytes));
    c = vmladavaq_s8(c, x, vldrbq_z_s8(third, bytes));
    d = vmladavaq_s8(d, x, vldrbq_z_s8(fourth, bytes));
  }
  int32x4_t sums = vdupq_n_s32(0);
  sums = vsetq_lane_s32(a, sums, 0);
  sums = vsetq_lane_s32(b, sums, 1);
  sums = vsetq_lane_s32(c, sums, 2);
  return vsetq_lane_s32(d, sums, 3);
}

#endif
#endif
