/* Depthwise convolution with vectors of outputs that stand under each other, over a channel's plane of int8. */
#ifndef TKD_DEPTHWISE_MVE_H
#define TKD_DEPTHWISE_MVE_H

#include "fill.h"
#include "mve.h"

#if TKD_MVE

/* The plane of a channel with its padding, column by column; rows for sixteen outputs at a time. */
typedef struct {
  int32_t columns, rows;
  int32_t column_bytes;
} tkd_plane_mve;

static inline tkd_plane_mve tkd_plane_of_mve(int32_t out_height, int32_t out_width, int32_t kernel_height,
                                             int32_t kernel_width, int32_t stride_y, int32_t stride_x,
                                             int32_t dilation_y, int32_t dilation_x) {
  const int32_t columns = (out_width - 1) * stride_x + (kernel_width - 1) * dilation_x + 1;
  const int32_t rows = (out_height - 1) * stride_y + (kernel_height - 1) * dilation_y + 1;
  const int32_t whole = (((out_height + 15) & ~15) - 1) * stride_y + (kernel_height - 1) * dilation_y + 1;
  const tkd_plane_mve plane = {columns, rows, whole};
  return plane;
}

/* A column of inputs, row bytes apart, to bytes without gaps. */
static inline void tkd_gather_mve(const int8_t *in, int8_t *to, int32_t rows, int32_t row) {
  const uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)row);
  for (; rows > 0; rows -= 4) {
    const mve_pred16_t lanes = vctp32q((uint32_t)rows);
    vstrbq_p_s32(to, vldrbq_gather_offset_z_s32(in, offsets, lanes), lanes);
    in += 4 * row;
    to += 4;
  }
}

/* As tkd_depthwise_s8, a whole channel at a time in scratch, which holds its plane. */
static void tkd_depthwise_plane_mve(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width,
                                    int32_t channel_count, int32_t out_height, int32_t out_width,
                                    int32_t kernel_height, int32_t kernel_width, int32_t stride_y, int32_t stride_x,
                                    int32_t dilation_y, int32_t dilation_x, int32_t pad_y, int32_t pad_x,
                                    int32_t in_zero_point, int32_t out_zero_point, int32_t min, int32_t max,
                                    const int8_t *weights, const tkd_channel *channels, int8_t *scratch) {
  const tkd_plane_mve plane =
      tkd_plane_of_mve(out_height, out_width, kernel_height, kernel_width, stride_y, stride_x, dilation_y, dilation_x);
  const int32_t rows = plane.rows - pad_y < in_height ? plane.rows - pad_y : in_height;
  const int32_t columns = plane.columns - pad_x < in_width ? plane.columns - pad_x : in_width;
  const int32_t row = out_width * channel_count;
  const uint32x4_t rows_below = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)row);
  const uint32x4_t steps = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)stride_y);
  tkd_fill(scratch, in_zero_point, plane.columns * plane.column_bytes);
  for (int32_t c = 0; c < channel_count; c++) {
    for (int32_t x = 0; x < columns; x++) {
      tkd_gather_mve(in + x * channel_count + c, scratch + (pad_x + x) * plane.column_bytes + pad_y, rows,
                     in_width * channel_count);
    }
    for (int32_t x = 0; x < out_width; x++) {
      int8_t *to = out + x * channel_count + c;
      for (int32_t y = 0; y < out_height; y += 16) {
        int32x4_t first = vdupq_n_s32(channels[c].bias), second = first, third = first, fourth = first;
        const int8_t *weight = weights + c;
        for (int32_t kernel_y = 0; kernel_y < kernel_height; kernel_y++) {
          const int8_t *from = scratch + x * stride_x * plane.column_bytes + y * stride_y + kernel_y * dilation_y;
          for (int32_t kernel_x = 0; kernel_x < kernel_width; kernel_x++) {
            const int32_t factor = *weight;
            if (stride_y == 1) {
              first = vmlaq_n_s32(first, vldrbq_s32(from), factor);
              second = vmlaq_n_s32(second, vldrbq_s32(from + 4), factor);
              third = vmlaq_n_s32(third, vldrbq_s32(from + 8), factor);
              fourth = vmlaq_n_s32(fourth, vldrbq_s32(from + 12), factor);
            } else {
              first = vmlaq_n_s32(first, vldrbq_gather_offset_s32(from, steps), factor);
              second = vmlaq_n_s32(second, vldrbq_gather_offset_s32(from + 4 * stride_y, steps), factor);
              third = vmlaq_n_s32(third, vldrbq_gather_offset_s32(from + 8 * stride_y, steps), factor);
              fourth = vmlaq_n_s32(fourth, vldrbq_gather_offset_s32(from + 12 * stride_y, steps), factor);
            }
            from += dilation_x * plane.column_bytes;
            weight += channel_count;
          }
        }
        for (int32_t below = y; below < y + 16 && below < out_height; below += 4) {
          const int32x4_t outputs =
              tkd_outputs_n_mve(first, channels[c].multiplier, channels[c].shift, out_zero_point, min, max);
          if (below + 4 <= out_height) {
            vstrbq_scatter_offset_s32(to, rows_below, outputs);
          } else {
            vstrbq_scatter_offset_p_s32(to, rows_below, outputs, vctp32q((uint32_t)(out_height - below)));
          }
          to += 4 * row;
          first = second;
          second = third;
          third = fourth;
        }
      }
    }
  }
}

#endif
#endif
