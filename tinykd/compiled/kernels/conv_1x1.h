/* Convolution with a 1x1 kernel, stride 1. */
#ifndef TKD_CONV_1X1_H
#define TKD_CONV_1X1_H

#include "block_dsp.h"
#include "copy.h"
#include "dot.h"

/* out[p][o] = f(bias[o] + sum_i in[p][i] * weights[o][i]), p < pixels. `out` is `in` or does not overlap it.
   scratch: in_channels bytes. */
static void tkd_conv_1x1_s8(const int8_t *in, int8_t *out, int32_t pixels, int32_t in_channels, int32_t out_channels,
                            int32_t out_zero_point, int32_t min, int32_t max, const int8_t *weights,
                            const tkd_channel *channels, int8_t *scratch) {
  const int32_t upwards = out_channels <= in_channels; /* in place, a pixel's outputs must not reach unread inputs */
  int32_t done = 0;
#if TKD_DSP
  if (tkd_block_bytes(in_channels) <= TKD_BLOCK_LIMIT && tkd_shifts_are_usual(channels, out_channels)) {
    done = pixels & ~3;
    for (int32_t i = 0; i < done; i += 4) {
      const int32_t p = upwards ? i : pixels - 4 - i;
      for (int32_t lane = 0; lane < 4; lane++) {
        tkd_expand_dsp(in + (p + lane) * in_channels, scratch + 4 * lane, in_channels);
      }
      tkd_product_dsp(scratch, out + p * out_channels, out_channels, in_channels, out_channels, out_zero_point, min, max,
                      weights, channels);
    }
  }
#elif TKD_MVE
  if (tkd_block_bytes(in_channels) <= TKD_BLOCK_LIMIT) {
    for (; done < pixels; done += 8) {
      const int32_t count = pixels - done < 8 ? pixels - done : 8;
      const int32_t p = upwards ? done : pixels - done - count;
      tkd_copy(scratch, in + p * in_channels, count * in_channels);
      tkd_product_mve(scratch, in_channels, out + p * out_channels, count, out_channels, in_channels, out_channels,
                      out_zero_point, min, max, weights, channels);
    }
  }
#endif
  for (int32_t i = done; i < pixels; i++) {
    const int32_t p = upwards ? i : pixels - 1 - i;
    tkd_copy(scratch, in + p * in_channels, in_channels);
    tkd_dot_s8(scratch, out + p * out_channels, in_channels, out_channels, out_zero_point, min, max, weights, channels);
  }
}

#endif
