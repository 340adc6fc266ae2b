/* Depthwise convolution, one output channel an input channel. */
#ifndef TKD_DEPTHWISE_H
#define TKD_DEPTHWISE_H

#include "depthwise_dsp.h"
#include "depthwise_mve.h"
#include "requantise.h"

/* Scratch for the plane of a channel, above which inputs go through a ring of rows. */
#define TKD_PLANE_LIMIT 2048

#if TKD_DSP
/* As tkd_depthwise_s8, a whole channel at a time in scratch. */
static void tkd_depthwise_plane_dsp(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width,
                                    int32_t channel_count, int32_t out_height, int32_t out_width,
                                    int32_t kernel_height, int32_t kernel_width, int32_t stride_y, int32_t stride_x,
                                    int32_t dilation_y, int32_t dilation_x, int32_t pad_y, int32_t pad_x,
                                    int32_t in_zero_point, int32_t out_zero_point, int32_t min, int32_t max,
                                    const int8_t *weights, const tkd_channel *channels, int8_t *scratch) {
  const tkd_plane_dsp plane =
      tkd_plane_of_dsp(out_height, out_width, kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x);
  const int32_t rows = plane.rows - pad_y < in_height ? plane.rows - pad_y : in_height;
  const int32_t columns = plane.columns - pad_x < in_width ? plane.columns - pad_x : in_width;
  const int32_t three = kernel_height == 3 && kernel_width == 3 && stride_y == 1 && dilation_y == 1 &&
                        min == INT8_MIN && max == INT8_MAX;
  tkd_clear_plane_dsp(scratch, plane.columns * plane.column_bytes, in_zero_point);
  for (int32_t c = 0; c < channel_count; c++) {
    tkd_gather_dsp(in + c, scratch + pad_x * plane.column_bytes + 2 * pad_y, rows, columns, in_width * channel_count,
                   channel_count, plane.column_bytes);
    if (three && tkd_shift_is_usual(channels[c].shift)) {
      tkd_columns_dsp job;
      job.bias = channels[c].bias;
      job.multiplier = channels[c].multiplier;
      job.bits = -1 - channels[c].shift;
      job.offset = 2 * out_zero_point + 1;
      job.row = out_width * channel_count;
      job.height = out_height;
      job.width = out_width;
      job.plane = scratch;
      job.out = out + c;
      job.tap_column = dilation_x * plane.column_bytes;
      job.next_column = stride_x * plane.column_bytes;
      job.next = channel_count;
      for (int32_t x = 0; x < 3; x++) {
        const int8_t *column = weights + x * channel_count + c;
        const int32_t middle = column[3 * channel_count];
        job.weights[x] = tkd_taps_dsp(column[0], middle);
        job.weights[3 + x] = tkd_taps_dsp(middle, column[6 * channel_count]);
      }
      tkd_columns_3x3_dsp(&job);
    } else {
      tkd_columns_any_dsp(scratch, out + c, out_height, out_width, out_width * channel_count, channel_count,
                          plane.column_bytes, kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x,
                          out_zero_point, min, max, weights + c, channels + c);
    }
  }
}
#endif

/* Weights [kernel_height][kernel_width][channel_count]. `out` is `in` or does not overlap it. A channel at a time: its input rows
   that are still needed stand in a ring, so that its outputs may overwrite its inputs.
   scratch: rows * (in_width + 2 * pad) bytes, see packing. */
static void tkd_depthwise_s8(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width,
                             int32_t channel_count, int32_t out_height, int32_t out_width, int32_t kernel_height,
                             int32_t kernel_width, int32_t stride_y, int32_t stride_x, int32_t dilation_y,
                             int32_t dilation_x, int32_t pad_y, int32_t pad_x, int32_t in_zero_point,
                             int32_t out_zero_point, int32_t min, int32_t max, const int8_t *weights,
                             const tkd_channel *channels, int8_t *scratch) {
#if TKD_DSP
  const tkd_plane_dsp plane =
      tkd_plane_of_dsp(out_height, out_width, kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x);
  if (plane.columns * plane.column_bytes <= TKD_PLANE_LIMIT) {
    tkd_depthwise_plane_dsp(in, out, in_height, in_width, channel_count, out_height, out_width, kernel_height,
                            kernel_width, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x, in_zero_point,
                            out_zero_point, min, max, weights, channels, scratch);
    return;
  }
#endif
#if TKD_MVE
  const tkd_plane_mve plane =
      tkd_plane_of_mve(out_height, out_width, kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x);
  if (plane.columns * plane.column_bytes <= TKD_PLANE_LIMIT) {
    tkd_depthwise_plane_mve(in, out, in_height, in_width, channel_count, out_height, out_width, kernel_height,
                            kernel_width, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x, in_zero_point,
                            out_zero_point, min, max, weights, channels, scratch);
    return;
  }
#endif
  const int32_t rows = (kernel_height - 1) * dilation_y + 1;
  const int32_t reach = (out_width - 1) * stride_x + (kernel_width - 1) * dilation_x + 1; /* columns read, padding too */
  for (int32_t c = 0; c < channel_count; c++) {
    int32_t filled = -pad_y; /* input rows before this one are in the ring or no longer needed */
    for (int32_t out_y = 0; out_y < out_height; out_y++) {
      const int32_t first = out_y * stride_y - pad_y;
      for (; filled < first + rows; filled++) {
        if (filled < first) {
          continue;
        }
        int8_t *row = scratch + (filled + pad_y) % rows * reach;
        for (int32_t i = 0; i < reach; i++) {
          const int32_t x = i - pad_x;
          const int32_t inside = filled >= 0 && filled < in_height && x >= 0 && x < in_width;
          row[i] = inside ? in[(filled * in_width + x) * channel_count + c] : (int8_t)in_zero_point;
        }
      }
      for (int32_t out_x = 0; out_x < out_width; out_x++) {
        int32_t acc = channels[c].bias;
        for (int32_t kernel_y = 0; kernel_y < kernel_height; kernel_y++) {
          const int8_t *row = scratch + (first + pad_y + kernel_y * dilation_y) % rows * reach + out_x * stride_x;
          const int8_t *weight = weights + kernel_y * kernel_width * channel_count + c;
          for (int32_t kernel_x = 0; kernel_x < kernel_width; kernel_x++) {
            acc += row[kernel_x * dilation_x] * weight[kernel_x * channel_count];
          }
        }
        acc = tkd_requantise(acc, channels[c].multiplier, channels[c].shift) + out_zero_point;
        out[(out_y * out_width + out_x) * channel_count + c] = tkd_clamp(acc, min, max);
      }
    }
  }
}

#endif
