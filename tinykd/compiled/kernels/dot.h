/* The product of one row of inputs with the weights of some output channels: the core of every convolution. */
#ifndef TKD_DOT_H
#define TKD_DOT_H

#include "requantise.h"

/* out[o] = f(bias[o] + sum_k row[k] * weights[o][k]), o < out_channels. */
static void tkd_dot_s8(const int8_t *row, int8_t *out, int32_t depth, int32_t out_channels, int32_t out_zero_point,
                       int32_t min, int32_t max, const int8_t *weights, const tkd_channel *channels) {
  for (int32_t o = 0; o < out_channels; o++) {
    int32_t acc = channels[o].bias;
    for (int32_t k = 0; k < depth; k++) {
      acc += row[k] * weights[k];
    }
    weights += depth;
    acc = tkd_requantise(acc, channels[o].multiplier, channels[o].shift) + out_zero_point;
    out[o] = tkd_clamp(acc, min, max);
  }
}

#endif
