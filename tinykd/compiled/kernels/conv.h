/* Convolution of any kernel, stride, dilation, padding and number of groups. */
#ifndef TKD_CONV_H
#define TKD_CONV_H

#include "block_dsp.h"
#include "copy.h"
#include "dot.h"
#include "fill.h"

/* The inputs of one output, [kernel_height][kernel_width][count], padding filled; `in` is the first channel of its group. */
static void tkd_patch(int8_t *patch, int32_t out_index, const int8_t *in, int32_t in_height, int32_t in_width,
                      int32_t in_channels, int32_t out_width, int32_t kernel_height, int32_t kernel_width,
                      int32_t stride_y, int32_t stride_x, int32_t dilation_y, int32_t dilation_x, int32_t pad_y,
                      int32_t pad_x, int32_t count, int32_t in_zero_point) {
  const int32_t top = out_index / out_width * stride_y - pad_y;
  const int32_t left = out_index % out_width * stride_x - pad_x;
  const int32_t adjacent = dilation_x == 1 && count == in_channels; /* a row of taps is one piece of the image */
  const int32_t taps = adjacent ? kernel_width : 1;
  for (int32_t kernel_y = 0; kernel_y < kernel_height; kernel_y++) {
    const int32_t y = top + kernel_y * dilation_y;
    for (int32_t kernel_x = 0; kernel_x < kernel_width; kernel_x += taps) {
      const int32_t x = left + kernel_x * dilation_x;
      const int32_t inside = y >= 0 && y < in_height && x < in_width && x + taps > 0;
      const int32_t from = inside ? (x < 0 ? -x : 0) : taps;
      const int32_t to = inside && x + taps > in_width ? in_width - x : taps;
      if (from > 0) {
        tkd_fill(patch, in_zero_point, from * count);
      }
      if (inside) {
        tkd_copy(patch + from * count, in + (y * in_width + x + from) * in_channels, (to - from) * count);
      }
      if (to < taps) {
        tkd_fill(patch + to * count, in_zero_point, (taps - to) * count);
      }
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
    int32_t done = 0;
#if TKD_DSP
    if (tkd_block_bytes(depth) <= TKD_BLOCK_LIMIT && tkd_shifts_are_usual(channels, group_out)) {
      int8_t *patch = scratch + tkd_block_bytes(depth);
      done = pixels & ~3;
      for (int32_t i = 0; i < done; i += 4) {
        for (int32_t lane = 0; lane < 4; lane++) {
          tkd_patch(patch, i + lane, in, in_height, in_width, in_channels, out_width, kernel_height,
                  kernel_width, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x, group_in, in_zero_point);
          tkd_expand_dsp(patch, scratch + 4 * lane, depth);
        }
        tkd_product_dsp(scratch, out + i * out_channels, out_channels, depth, group_out, out_zero_point, min, max,
                        weights, channels);
      }
    }
#elif TKD_MVE
    if (tkd_block_bytes(depth) <= TKD_BLOCK_LIMIT) {
      for (; done < pixels; done += 8) {
        const int32_t count = pixels - done < 8 ? pixels - done : 8;
        for (int32_t i = 0; i < count; i++) {
          tkd_patch(scratch + i * depth, done + i, in, in_height, in_width, in_channels, out_width, kernel_height,
                  kernel_width, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x, group_in, in_zero_point);
        }
        tkd_product_mve(scratch, depth, out + done * out_channels, count, out_channels, depth, group_out, out_zero_point,
                        min, max, weights, channels);
      }
    }
#endif
    for (int32_t i = done; i < pixels; i++) {
      tkd_patch(scratch, i, in, in_height, in_width, in_channels, out_width, kernel_height,
                  kernel_width, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x, group_in, in_zero_point);
      tkd_dot_s8(scratch, out + i * out_channels, depth, group_out, out_zero_point, min, max, weights, channels);
    }
    in += group_in;
    out += group_out;
    channels += group_out;
    weights += tkd_weight_bytes(depth, group_out);
  }
}

#endif
