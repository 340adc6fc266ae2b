/* Average over windows; padding does not count. */
#ifndef TKD_AVERAGE_POOL_H
#define TKD_AVERAGE_POOL_H

#include "dsp.h"
#include "mve.h"
#include "requantise.h"

/* sums[c] = sum of a window's values in channel c, c < count <= 4; rows are row_bytes apart, pixels pixel_bytes. */
static void tkd_window_sums(const int8_t *in, int32_t rows, int32_t columns, int32_t row_bytes, int32_t pixel_bytes,
                            int32_t count, int32_t sums[4]) {
#if TKD_MVE
  const mve_pred16_t lanes = vctp32q((uint32_t)count);
  int32x4_t sum = vdupq_n_s32(0);
  for (int32_t y = 0; y < rows; y++) {
    for (int32_t x = 0; x < columns; x++) {
      sum = vaddq_s32(sum, vldrbq_z_s32(in + y * row_bytes + x * pixel_bytes, lanes));
    }
  }
  vstrwq_s32(sums, sum);
#else
#if TKD_DSP
  if (count == 4 && rows * columns < 256) { /* sums of so many bytes fit in halves of a word */
    tkd_2x16 even = 0, odd = 0;
    for (int32_t y = 0; y < rows; y++) {
      for (int32_t x = 0; x < columns; x++) {
        const uint32_t bytes = tkd_load_4(in + y * row_bytes + x * pixel_bytes);
        even = tkd_add_bytes_02(even, bytes);
        odd = tkd_add_bytes_13(odd, bytes);
      }
    }
    sums[0] = (int16_t)(uint16_t)even;
    sums[1] = (int16_t)(uint16_t)odd;
    sums[2] = (int32_t)even >> 16;
    sums[3] = (int32_t)odd >> 16;
    return;
  }
#endif
  for (int32_t c = 0; c < count; c++) {
    sums[c] = 0;
    for (int32_t y = 0; y < rows; y++) {
      for (int32_t x = 0; x < columns; x++) {
        sums[c] += in[y * row_bytes + x * pixel_bytes + c];
      }
    }
  }
#endif
}

/* The mean of a window's values inside the image, a half rounded away from zero. `out` does not overlap `in`, or is
   `in` where no two windows overlap and there is no padding. */
static void tkd_average_pool_s8(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width,
                                int32_t channel_count, int32_t out_height, int32_t out_width, int32_t window_height,
                                int32_t window_width, int32_t stride_y, int32_t stride_x, int32_t pad_y,
                                int32_t pad_x, int32_t min, int32_t max) {
  for (int32_t out_y = 0; out_y < out_height; out_y++) {
    const int32_t top = out_y * stride_y - pad_y;
    const int32_t first_y = top < 0 ? 0 : top;
    const int32_t last_y = top + window_height < in_height ? top + window_height : in_height;
    for (int32_t out_x = 0; out_x < out_width; out_x++) {
      const int32_t left = out_x * stride_x - pad_x;
      const int32_t first_x = left < 0 ? 0 : left;
      const int32_t last_x = left + window_width < in_width ? left + window_width : in_width;
      const int32_t count = (last_y - first_y) * (last_x - first_x);
      for (int32_t c = 0; c < channel_count; c += 4) {
        const int32_t channels = channel_count - c < 4 ? channel_count - c : 4;
        int32_t sums[4];
        tkd_window_sums(in + (first_y * in_width + first_x) * channel_count + c, last_y - first_y, last_x - first_x,
                        in_width * channel_count, channel_count, channels, sums);
        for (int32_t i = 0; i < channels; i++) {
          *out++ = tkd_clamp((sums[i] + (sums[i] > 0 ? count / 2 : -(count / 2))) / count, min, max);
        }
      }
    }
  }
}

#endif
