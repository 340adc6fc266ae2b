/* The vector instructions of the M55 that the kernels use. */
#ifndef TKD_MVE_H
#define TKD_MVE_H

#include "requantise.h"

#if TKD_MVE
#include <arm_mve.h>

/* How four accumulators become outputs. */
typedef struct {
  int32x4_t multiplier, left, right; /* right is negative */
  int32x4_t min, max;
  int32_t zero_point;
} tkd_scaling_mve;

static inline tkd_scaling_mve tkd_scaling_of_mve(int32x4_t multiplier, int32x4_t shift, int32_t zero_point, int32_t min,
                                                 int32_t max) {
  const int32x4_t zero = vdupq_n_s32(0);
  const tkd_scaling_mve scaling = {
      multiplier, vmaxq_s32(shift, zero), vminq_s32(shift, zero), vdupq_n_s32(min), vdupq_n_s32(max), zero_point,
  };
  return scaling;
}

/* tkd_requantise of four accumulators, then clamp(... + zero_point, min, max). */
static inline int32x4_t tkd_outputs_mve(int32x4_t acc, tkd_scaling_mve scaling) {
  acc = vqrdmulhq_s32(vshlq_s32(acc, scaling.left), scaling.multiplier);
  acc = vaddq_s32(acc, vshrq_n_s32(vandq_s32(acc, scaling.right), 31)); /* a half goes away from zero */
  acc = vqaddq_n_s32(vrshlq_s32(acc, scaling.right), scaling.zero_point);
  return vmaxq_s32(vminq_s32(acc, scaling.max), scaling.min);
}

/* The same with one multiplier and shift for all four. */
static inline int32x4_t tkd_outputs_n_mve(int32x4_t acc, int32_t multiplier, int32_t shift, int32_t zero_point,
                                          int32_t min, int32_t max) {
  const int32_t right = shift < 0 ? shift : 0;
  acc = vqrdmulhq_n_s32(vshlq_r_s32(acc, shift - right), multiplier);
  acc = vaddq_s32(acc, vshrq_n_s32(vandq_s32(acc, vdupq_n_s32(right)), 31)); /* a half goes away from zero */
  acc = vrshlq_n_s32(acc, right);
  acc = vqaddq_n_s32(acc, zero_point);
  return vmaxq_s32(vminq_s32(acc, vdupq_n_s32(max)), vdupq_n_s32(min));
}

/* Four channels' bias, multiplier or shift: `first` is the first one's. Lanes outside `lanes` are 0. */
static inline int32x4_t tkd_of_channels_mve(const int32_t *first, mve_pred16_t lanes) {
  const uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)(sizeof(tkd_channel) / sizeof(int32_t)));
  return vldrwq_gather_shifted_offset_z_s32(first, offsets, lanes);
}

/* Weights [out][depth] in sixteens of the depth, of four channels: [out / 4][depth / 16][4][16], filled with zeros. */
static inline int32_t tkd_fours_bytes_mve(int32_t depth) { return 4 * ((depth + 15) & ~15); }

/* Sums of row[k] * weights[i][k], i < 4. */
static inline int32x4_t tkd_sums_mve(const int8_t *row, const int8_t *weights, int32_t depth) {
  int32_t a = 0, b = 0, c = 0, d = 0;
  int32_t sixteens = depth >> 4;
  if (sixteens > 0) {
    int8x16_t x, w;
    __asm volatile(
        "dls lr, %[sixteens]\n"
        "1:\n"
        "vldrb.u8 %q[x], [%[row]], #16\n"
        "vldrb.u8 %q[w], [%[weights]], #16\n"
        "vmladava.s8 %[a], %q[x], %q[w]\n"
        "vldrb.u8 %q[w], [%[weights]], #16\n"
        "vmladava.s8 %[b], %q[x], %q[w]\n"
        "vldrb.u8 %q[w], [%[weights]], #16\n"
        "vmladava.s8 %[c], %q[x], %q[w]\n"
        "vldrb.u8 %q[w], [%[weights]], #16\n"
        "vmladava.s8 %[d], %q[x], %q[w]\n"
        "le lr, 1b\n"
        : [a] "+Te"(a), [b] "+Te"(b), [c] "+Te"(c), [d] "+Te"(d), [row] "+r"(row), [weights] "+r"(weights),
          [x] "=&w"(x), [w] "=&w"(w)
        : [sixteens] "r"(sixteens)
        : "lr", "memory");
  }
  if (depth & 15) {
    const int8x16_t x = vldrbq_z_s8(row, vctp8q((uint32_t)(depth & 15)));
    a = vmladavaq_s8(a, x, vldrbq_s8(weights));
    b = vmladavaq_s8(b, x, vldrbq_s8(weights + 16));
    c = vmladavaq_s8(c, x, vldrbq_s8(weights + 32));
    d = vmladavaq_s8(d, x, vldrbq_s8(weights + 48));
  }
  int32x4_t sums = vdupq_n_s32(a);
  sums = vsetq_lane_s32(b, sums, 1);
  sums = vsetq_lane_s32(c, sums, 2);
  return vsetq_lane_s32(d, sums, 3);
}

#endif
#endif
