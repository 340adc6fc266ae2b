/* Convolution of any kernel, stride, dilation, padding and number of groups. */
#ifndef TKD_CONV_H
#define TKD_CONV_H

#include "copy.h"
#include "dot.h"
#include "fill.h"

/* Weights [out_channels][kernel_height][kernel_width][in_channels / groups]. `in` and `out` do not overlap.
   scratch: kernel_height * kernel_width * in_channels / groups bytes. */
static void tkd_conv_s8(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width, int32_t in_channels,
                        int32_t out_height, int32_t out_width, int32_t out_channels, int32_t kernel_height,
                        int32_t kernel_width, int32_t stride_y, int32_t stride_x, int32_t dilation_y,
                        int32_t dilation_x, int32_t pad_y, int32_t pad_x, int32_t groups, int32_t in_zero_point,
                        int32_t out_zero_point, int32_t min, int32_t max, const int8_t *weights,
                        const tkd_channel *channels, int8_t *scratch) {
  const int32_t group_in = in_channels / groups;
  const int32_t group_out = out_channels / groups;
  const int32_t depth = kernel_height * kernel_width * group_in;
  for (int32_t out_y = 0; out_y < out_height; out_y++) {
    for (int32_t out_x = 0; out_x < out_width; out_x++) {
      for (int32_t group = 0; group < groups; group++) {
        int8_t *patch = scratch;
        for (int32_t kernel_y = 0; kernel_y < kernel_height; kernel_y++) {
          const int32_t y = out_y * stride_y - pad_y + kernel_y * dilation_y;
          for (int32_t kernel_x = 0; kernel_x < kernel_width; kernel_x++) {
            const int32_t x = out_x * stride_x - pad_x + kernel_x * dilation_x;
            if (y < 0 || y >= in_height || x < 0 || x >= in_width) {
              tkd_fill(patch, in_zero_point, group_in);
            } else {
              tkd_copy(patch, in + (y * in_width + x) * in_channels + group * group_in, group_in);
            }
            patch += group_in;
          }
        }
        tkd_dot_s8(scratch, out, depth, group_out, out_zero_point, min, max, weights + group * group_out * depth,
                   channels + group * group_out);
        out += group_out;
      }
    }
  }
}

#endif
