/* Fully connected layer with one scale for all outputs. */
#ifndef TKD_FULLY_CONNECTED_H
#define TKD_FULLY_CONNECTED_H

#include "dot_dsp.h"
#include "mve.h"
#include "requantise.h"

/* out[o] = f(bias[o] + sum_i in[i] * weights[o][i]). `in` and `out` do not overlap. */
static void tkd_fully_connected_s8(const int8_t *in, int8_t *out, int32_t in_count, int32_t out_count,
                                   int32_t multiplier, int32_t shift, int32_t out_zero_point, int32_t min, int32_t max,
                                   const int8_t *weights, const int32_t *bias) {
#if TKD_DSP
  const int32_t pair = 2 * tkd_depth_dsp(in_count);
  for (int32_t o = 0; o < out_count; o += 4) {
    const int32_t count = out_count - o < 4 ? out_count - o : 4;
    int32_t sums[4];
    for (int32_t i = 0; i < 4; i++) {
      sums[i] = bias[i < count ? i : 0];
    }
    tkd_sums_dsp(in, weights, count > 2 ? weights + pair : weights, in_count, sums);
    for (int32_t i = 0; i < count; i++) {
      out[i] = tkd_output_dsp(sums[i], multiplier, shift, out_zero_point, min, max);
    }
    weights += 2 * pair;
    bias += 4;
    out += 4;
  }
#elif TKD_MVE
  for (int32_t o = 0; o < out_count; o += 4) {
    const mve_pred16_t lanes = vctp32q((uint32_t)(out_count - o));
    const int32x4_t acc = vaddq_s32(tkd_sums_mve(in, weights, in_count), vldrwq_z_s32(bias, lanes));
    vstrbq_p_s32(out, tkd_outputs_n_mve(acc, multiplier, shift, out_zero_point, min, max), lanes);
    weights += tkd_fours_bytes_mve(in_count);
    bias += 4;
    out += 4;
  }
#else
  for (int32_t o = 0; o < out_count; o++) {
    int32_t acc = bias[o];
    for (int32_t i = 0; i < in_count; i++) {
      acc += in[i] * weights[i];
    }
    weights += in_count;
    out[o] = tkd_clamp(tkd_requantise(acc, multiplier, shift) + out_zero_point, min, max);
  }
#endif
}

#endif
