/* Convolution of any kernel, stride, dilation, padding and number of groups. */
#ifndef TKD_CONV_H
#define TKD_CONV_H

#include "block_dsp.h"
#include "copy.h"
#include "dot.h"
#include "fill.h"

/* The inputs of one output, [kernel_height][kernel_width][count], `first` being the first channel of its group. */
static void tkd_patch(const int8_t *in, int8_t *patch, int32_t top, int32_t left, int32_t in_height, int32_t in_width,
                      int32_t in_channels, int32_t kernel_height, int32_t kernel_width, int32_t dilation_y,
                      int32_t dilation_x, int32_t first, int32_t count, int32_t in_zero_point) {
  const int32_t adjacent = dilation_x == 1 && count == in_channels; /* a row of taps is one piece of the image */
  const int32_t taps = adjacent ? kernel_width : 1;
  for (int32_t kernel_y = 0; kernel_y < kernel_height; kernel_y++) {
    const int32_t y = top + kernel_y * dilation_y;
    for (int32_t kernel_x = 0; kernel_x < kernel_width; kernel_x += taps) {
      const int32_t x = left + kernel_x * dilation_x;
      const int32_t inside = y >= 0 && y < in_height && x < in_width && x + taps > 0;
      const int32_t from = inside ? (x < 0 ? -x : 0) : taps;
      const int32_t to = inside && x + taps > in_width ? in_width - x : taps;
      tkd_fill(patch, in_zero_point, from * count);
      if (inside) {
        tkd_copy(patch + from * count, in + (y * in_width + x + from) * in_channels + first, (to - from) * count);
      }
      tkd_fill(patch + to * count, in_zero_point, (taps - to) * count);
      patch += taps * count;
    }
  }
}

/* Weights [out_channels][kernel_height][kernel_width][in_channels / groups]. `in` and `out` do not overlap.
   scratch: see packing. */
static void tkd_conv_s8(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width, int32_t in_channels,
                        int32_t out_height, int32_t out_width, int32_t out_channels, int32_t kernel_height,
                        int32_t kernel_width, int32_t stride_y, int32_t stride_x, int32_t dilation_y,
                        int32_t dilation_x, int32_t pad_y, int32_t pad_x, int32_t groups, int32_t in_zero_point,
                        int32_t out_zero_point, int32_t min, int32_t max, const int8_t *weights,
                        const tkd_channel *channels, int8_t *scratch) {
  const int32_t group_in = in_channels / groups;
  const int32_t group_out = out_channels / groups;
  const int32_t depth = kernel_height * kernel_width * group_in;
  const int32_t pixels = out_height * out_width;
  for (int32_t group = 0; group < groups; group++) {
    int32_t out_y = 0, out_x = 0;
#if TKD_DSP
    const int32_t small = tkd_block_bytes_dsp(depth) <= TKD_BLOCK_LIMIT;
    const int32_t blocks = small && tkd_shifts_are_usual(channels, group_out);
    int8_t *patch = small ? scratch + tkd_block_bytes_dsp(depth) : scratch;
#else
    int8_t *patch = scratch;
#endif
    for (int32_t i = 0; i < pixels; i++) {
      tkd_patch(in, patch, out_y * stride_y - pad_y, out_x * stride_x - pad_x, in_height, in_width, in_channels,
                kernel_height, kernel_width, dilation_y, dilation_x, group * group_in, group_in, in_zero_point);
      out_x++;
      if (out_x == out_width) {
        out_x = 0;
        out_y++;
      }
      int8_t *const to = out + i * out_channels + group * group_out;
#if TKD_DSP
      if (blocks && (i | 3) < pixels) {
        tkd_expand_dsp(patch, scratch + 4 * (i & 3), depth);
        if ((i & 3) == 3) {
          tkd_product_dsp(scratch, to - 3 * out_channels, out_channels, depth, group_out, out_zero_point, min, max,
                          weights, channels);
        }
        continue;
      }
#endif
      tkd_dot_s8(patch, to, depth, group_out, out_zero_point, min, max, weights, channels);
    }
    weights += tkd_weight_bytes(depth, group_out);
    channels += group_out;
  }
}

#endif
