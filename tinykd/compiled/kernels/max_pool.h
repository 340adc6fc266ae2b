/* Maximum over windows; padding does not count. */
#ifndef TKD_MAX_POOL_H
#define TKD_MAX_POOL_H

#include "requantise.h"

/* The largest of a window's values inside the image. `out` does not overlap `in`, or is
   `in` where no two windows overlap and there is no padding. */
static void tkd_max_pool_s8(const int8_t *in, int8_t *out, int32_t in_height, int32_t in_width, int32_t channel_count,
                            int32_t out_height, int32_t out_width, int32_t window_height, int32_t window_width,
                            int32_t stride_y, int32_t stride_x, int32_t pad_y, int32_t pad_x, int32_t min,
                            int32_t max) {
  for (int32_t out_y = 0; out_y < out_height; out_y++) {
    const int32_t top = out_y * stride_y - pad_y;
    const int32_t first_y = top < 0 ? 0 : top;
    const int32_t last_y = top + window_height < in_height ? top + window_height : in_height;
    for (int32_t out_x = 0; out_x < out_width; out_x++) {
      const int32_t left = out_x * stride_x - pad_x;
      const int32_t first_x = left < 0 ? 0 : left;
      const int32_t last_x = left + window_width < in_width ? left + window_width : in_width;
      for (int32_t c = 0; c < channel_count; c++) {
        int32_t largest = -128;
        for (int32_t y = first_y; y < last_y; y++) {
          for (int32_t x = first_x; x < last_x; x++) {
            const int32_t value = in[(y * in_width + x) * channel_count + c];
            largest = value > largest ? value : largest;
          }
        }
        *out++ = tkd_clamp(largest, min, max);
      }
    }
  }
}

#endif
