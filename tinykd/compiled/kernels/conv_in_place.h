/* Convolution whose outputs overwrite its inputs. */
#ifndef TKD_CONV_IN_PLACE_H
#define TKD_CONV_IN_PLACE_H

#include "conv.h"
#include "copy.h"
#include "fill.h"

/* As tkd_conv_s8, with `out` at the address of `in`. The input rows that an output row needs stand in `window`,
   ((kernel_height - 1) * dilation_y + 1) * in_width * in_channels bytes; an output row must end before the first input
   row that is not yet there. */
static void tkd_conv_in_place_s8(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width,
                                 int32_t in_channels, int32_t out_height, int32_t out_width, int32_t out_channels,
                                 int32_t kernel_height, int32_t kernel_width, int32_t stride_y, int32_t stride_x,
                                 int32_t dilation_y, int32_t dilation_x, int32_t pad_y, int32_t pad_x, int32_t groups,
                                 int32_t in_zero_point, int32_t out_zero_point, int32_t min, int32_t max,
                                 const int8_t *weights, const tkd_channel *channels, int8_t *scratch,
                                 int8_t *window) {
  const int32_t rows = (kernel_height - 1) * dilation_y + 1;
  const int32_t row_bytes = in_width * in_channels;
  int32_t kept = 0;
  for (int32_t out_y = 0; out_y < out_height; out_y++) {
    for (int32_t row = 0; row < kept; row++) {
      tkd_copy(window + row * row_bytes, window + (row + stride_y) * row_bytes, row_bytes);
    }
    for (int32_t row = kept; row < rows; row++) {
      const int32_t y = out_y * stride_y - pad_y + row;
      if (y < 0 || y >= in_height) {
        tkd_fill(window + row * row_bytes, in_zero_point, row_bytes);
      } else {
        tkd_copy(window + row * row_bytes, in + y * row_bytes, row_bytes);
      }
    }
    tkd_conv_s8(window, out + out_y * out_width * out_channels, rows, in_width, in_channels, 1, out_width,
                out_channels, kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x, 0, pad_x,
                groups, in_zero_point, out_zero_point, min, max, weights, channels, scratch);
    kept = rows > stride_y ? rows - stride_y : 0;
  }
}

#endif
