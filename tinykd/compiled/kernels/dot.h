/* The product of one row of inputs with the weights of some output channels: the core of every convolution. */
#ifndef TKD_DOT_H
#define TKD_DOT_H

#include "dot_dsp.h"
#include "mve.h"
#include "requantise.h"

/* Bytes of the weights of so many output channels. */
static inline int32_t tkd_weight_bytes(int32_t depth, int32_t out_channels) {
#if TKD_DSP
  return tkd_depth_dsp(depth) * ((out_channels + 1) & ~1);
#else
  return depth * out_channels;
#endif
}

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
  for (int32_t o = 0; o < out_channels; o += 4) {
    const int32_t count = out_channels - o < 4 ? out_channels - o : 4;
    const mve_pred16_t lanes = vctp32q((uint32_t)count);
    const int32x4_t bias = tkd_of_channels_mve(&channels->bias, lanes);
    const int32x4_t acc = vaddq_s32(tkd_sums_mve(row, weights, depth, count), bias);
    vstrbq_p_s32(out, tkd_outputs_mve(acc, tkd_of_channels_mve(&channels->multiplier, lanes),
                                      tkd_of_channels_mve(&channels->shift, lanes), out_zero_point, min, max), lanes);
    weights += 4 * depth;
    channels += 4;
    out += 4;
  }
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
