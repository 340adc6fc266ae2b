/* The product of one row of inputs with the weights of some output channels: the core of every convolution. */
#ifndef TKD_DOT_H
#define TKD_DOT_H

#include "dot_dsp.h"
#include "mve.h"
#include "requantise.h"

/* Scratch of the bodies that take several pixels together, four as int16 or eight as int8; above the limit pixels go one
   by one. */
#define TKD_BLOCK_LIMIT 2048
static inline int32_t tkd_block_bytes(int32_t depth) { return 8 * ((depth + 3) & ~3); }

/* Bytes of the weights of so many output channels. */
static inline int32_t tkd_weight_bytes(int32_t depth, int32_t out_channels) {
#if TKD_DSP
  return tkd_depth_dsp(depth) * ((out_channels + 1) & ~1);
#elif TKD_MVE
  return tkd_fours_bytes_mve(depth) * ((out_channels + 3) >> 2);
#else
  return depth * out_channels;
#endif
}

#if TKD_MVE
/* out[p * stride + o] = f(bias[o] + sum_k rows[p][k] * weights[o][k]), p < count; rows are row_bytes apart. */
static void tkd_product_mve(const int8_t *rows, int32_t row_bytes, int8_t *out, int32_t count, int32_t stride,
                            int32_t depth, int32_t out_channels, int32_t out_zero_point, int32_t min, int32_t max,
                            const int8_t *weights, const tkd_channel *channels) {
  for (int32_t o = 0; o < out_channels; o += 4) {
    const mve_pred16_t lanes = vctp32q((uint32_t)(out_channels - o));
    const int32x4_t bias = tkd_of_channels_mve(&channels->bias, lanes);
    const tkd_scaling_mve scaling =
        tkd_scaling_of_mve(tkd_of_channels_mve(&channels->multiplier, lanes),
                           tkd_of_channels_mve(&channels->shift, lanes), out_zero_point, min, max);
    const int8_t *row = rows;
    int8_t *to = out;
    for (int32_t p = 0; p < count; p++) {
      const int32x4_t acc = vaddq_s32(tkd_sums_mve(row, weights, depth), bias);
      vstrbq_p_s32(to, tkd_outputs_mve(acc, scaling), lanes);
      row += row_bytes;
      to += stride;
    }
    weights += tkd_fours_bytes_mve(depth);
    channels += 4;
    out += 4;
  }
}

#endif

/* out[o] = f(bias[o] + sum_k row[k] * weights[o][k]), o < out_channels. */
static void tkd_dot_s8(const int8_t *row, int8_t *out, int32_t depth, int32_t out_channels, int32_t out_zero_point,
                       int32_t min, int32_t max, const int8_t *weights, const tkd_channel *channels) {
#if TKD_DSP
  const int32_t pair = 2 * tkd_depth_dsp(depth);
  for (int32_t o = 0; o < out_channels; o += 4) {
    const int32_t count = out_channels - o < 4 ? out_channels - o : 4;
    int32_t sums[4];
    for (int32_t i = 0; i < 4; i++) {
      sums[i] = channels[i < count ? i : 0].bias;
    }
    tkd_sums_dsp(row, weights, count > 2 ? weights + pair : weights, depth, sums);
    for (int32_t i = 0; i < count; i++) {
      out[i] = tkd_output_dsp(sums[i], channels[i].multiplier, channels[i].shift, out_zero_point, min, max);
    }
    weights += 2 * pair;
    channels += 4;
    out += 4;
  }
#elif TKD_MVE
  tkd_product_mve(row, 0, out, 1, 0, depth, out_channels, out_zero_point, min, max, weights, channels);
#else
  for (int32_t o = 0; o < out_channels; o++) {
    int32_t acc = channels[o].bias;
    for (int32_t k = 0; k < depth; k++) {
      acc += row[k] * weights[k];
    }
    weights += depth;
    acc = tkd_requantise(acc, channels[o].multiplier, channels[o].shift) + out_zero_point;
    out[o] = tkd_clamp(acc, min, max);
  }
#endif
}

#endif
