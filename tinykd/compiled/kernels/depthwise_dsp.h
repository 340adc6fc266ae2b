/* Depthwise convolution with SMLAD, over a channel's plane of int16.

   The plane stands column by column, so that vertical neighbours fill a word: two taps for SMLAD, or two outputs. */
#ifndef TKD_DEPTHWISE_DSP_H
#define TKD_DEPTHWISE_DSP_H

#include "dsp.h"

#if TKD_DSP

/* What tkd_columns_3x3_dsp does to a channel. */
typedef struct {
  int32_t bias, multiplier;
  int32_t bits;   /* -1 - shift */
  int32_t offset; /* 2 * zero_point + 1 */
  int32_t row;    /* from an output to the one below it, bytes */
  int32_t height, width;
  const int8_t *plane;
  int8_t *out;
  int32_t tap_column;  /* from a tap to the one at its right, bytes in the plane */
  int32_t next_column; /* from an output's taps to those of the output at its right, bytes in the plane */
  int32_t next;        /* from an output to the one at its right, bytes */
  tkd_2x16 weights[6]; /* three columns of taps 0 and 1, and of taps 1 and 2 */
} tkd_columns_dsp;

/* Outputs of one channel, 3x3 taps that lie under each other without gaps, stride_y 1, no limits but those of int8. Two
   outputs at a time, one above the other. */
TKD_NAKED static void tkd_columns_3x3_dsp(TKD_UNUSED const tkd_columns_dsp *job) {
#define TKD_COLUMN(from, upper, lower)                                                                                 \
  "ldrd r10, r11, [" from "], #4\n"                                                                                    \
  "smlad r3, r10, " upper ", r3\n"                                                                                     \
  "smlatb lr, r10, " upper ", lr\n"                                                                                    \
  "smlabt r3, r11, " lower ", r3\n"                                                                                    \
  "smlad lr, r11, " lower ", lr\n"
  __asm volatile(
      "push {r4-r11, lr}\n"
      "sub sp, #48\n"
      "ldm r0!, {r1-r11, r12}\n"
      "stm sp, {r1-r11, r12}\n"
      "ldm r0, {r4-r9}\n"
      "1:\n"
      "ldrd r0, r12, [sp, #28]\n"
      "ldrd r10, r11, [sp, #36]\n" /* tap_column, next_column */
      "add r1, r0, r10\n"
      "add r2, r1, r10\n"
      "add r11, r11, r0\n"
      "ldr r3, [sp, #44]\n"
      "add r3, r3, r12\n"
      "strd r11, r3, [sp, #28]\n"
      "ldr r3, [sp, #20]\n"
      "bic lr, r3, #1\n"
      "add lr, r0, lr, lsl #1\n" /* where the pairs of rows end */
      "push {lr}\n"
      "cmp r0, lr\n"
      "beq 3f\n"
      "2:\n"
      "ldr r3, [sp, #4]\n"
      "mov lr, r3\n"
      TKD_COLUMN("r0", "r4", "r7") TKD_COLUMN("r1", "r5", "r8") TKD_COLUMN("r2", "r6", "r9")
      "ldrd r10, r11, [sp, #8]\n" /* multiplier, bits */
      "qadd r3, r3, r3\n"
      "qadd lr, lr, lr\n"
      "smmulr r3, r3, r10\n"
      "smmulr lr, lr, r10\n"
      "add r3, r3, r3, asr #31\n"
      "add lr, lr, lr, asr #31\n"
      "asr r3, r3, r11\n"
      "asr lr, lr, r11\n"
      "ldrd r10, r11, [sp, #16]\n" /* offset, row */
      "add r3, r3, r10\n"
      "add lr, lr, r10\n"
      "ssat r3, #8, r3, asr #1\n"
      "ssat lr, #8, lr, asr #1\n"
      "strb lr, [r12, r11]\n"
      "strb r3, [r12]\n"
      "add r12, r12, r11, lsl #1\n"
      "ldr r3, [sp]\n"
      "cmp r0, r3\n"
      "bne 2b\n"
      "3:\n"
      "pop {r3}\n"
      "ldr lr, [sp, #20]\n"
      "lsls lr, lr, #31\n"
      "beq 5f\n"
      "ldr r3, [sp]\n"
      "mov lr, r3\n"
      TKD_COLUMN("r0", "r4", "r7") TKD_COLUMN("r1", "r5", "r8") TKD_COLUMN("r2", "r6", "r9")
      "ldrd r10, r11, [sp, #4]\n"
      "qadd r3, r3, r3\n"
      "smmulr r3, r3, r10\n"
      "add r3, r3, r3, asr #31\n"
      "asr r3, r3, r11\n"
      "ldr r10, [sp, #12]\n"
      "add r3, r3, r10\n"
      "ssat r3, #8, r3, asr #1\n"
      "strb r3, [r12]\n"
      "5:\n"
      "ldr r3, [sp, #24]\n"
      "subs r3, #1\n"
      "str r3, [sp, #24]\n"
      "bne 1b\n"
      "add sp, #48\n"
      "pop {r4-r11, pc}\n");
#undef TKD_COLUMN
}

/* The plane of a channel with its padding. */
typedef struct {
  int32_t columns, rows;
  int32_t column_bytes; /* int16, an even number and at least one to spare */
} tkd_plane_dsp;

static inline tkd_plane_dsp tkd_plane_of_dsp(int32_t out_height, int32_t out_width, int32_t kernel_height,
                                             int32_t kernel_width, int32_t stride_y, int32_t stride_x,
                                             int32_t dilation_y, int32_t dilation_x) {
  const int32_t columns = (out_width - 1) * stride_x + (kernel_width - 1) * dilation_x + 1;
  const int32_t rows = (out_height - 1) * stride_y + (kernel_height - 1) * dilation_y + 1;
  const tkd_plane_dsp plane = {columns, rows, 2 * ((rows + 2) & ~1)};
  return plane;
}

static inline void tkd_store_16(int8_t *to, int32_t value) {
  const int16_t half = (int16_t)value;
  __builtin_memcpy(to, &half, 2);
}

/* Every place of a plane, padding too. */
static void tkd_clear_plane_dsp(int8_t *plane, int32_t bytes, int32_t value) {
  const uint32_t word = ((uint32_t)value & 0xFFFFu) * 0x10001u;
  for (int32_t i = 0; i < bytes; i += 4) {
    tkd_store_4(plane + i, word);
  }
}

/* A channel's inputs into their places; row and next are the bytes from an input to those below and at its right. */
static void tkd_gather_dsp(const int8_t *in, int8_t *plane, int32_t rows, int32_t columns, int32_t row, int32_t next,
                           int32_t column_bytes) {
  for (int32_t x = 0; x < columns; x++) {
    const int8_t *from = in;
    int8_t *to = plane;
    int32_t left = rows;
    for (; left >= 4; left -= 4) {
      const int8_t *below = from + 2 * row;
      tkd_store_16(to, from[0]);
      tkd_store_16(to + 2, from[row]);
      tkd_store_16(to + 4, below[0]);
      tkd_store_16(to + 6, below[row]);
      from = below + 2 * row;
      to += 8;
    }
    for (; left > 0; left--) {
      tkd_store_16(to, *from);
      from += row;
      to += 2;
    }
    in += next;
    plane += column_bytes;
  }
}

/* Two taps of a column for SMLAD, the second 0 where there is none. */
static inline tkd_2x16 tkd_taps_dsp(int32_t upper, int32_t lower) {
  return ((uint32_t)upper & 0xFFFFu) | (uint32_t)lower << 16;
}

/* sums[i] += taps of output i, i < 4, `step` bytes from one output's to the next one's. Taps under each other without gaps
   go two by two. weights: [kernel_height][kernel_width], `next` bytes apart. */
static void tkd_taps_4_dsp(const int8_t *plane, int32_t step, int32_t column_bytes, int32_t kernel_height,
                           int32_t kernel_width, int32_t dilation_y, int32_t dilation_x, const int8_t *weights,
                           int32_t next, int32_t sums[4]) {
  const int32_t taps = dilation_y == 1 ? 2 : 1;
  int32_t first = sums[0], second = sums[1], third = sums[2], fourth = sums[3];
  for (int32_t x = 0; x < kernel_width; x++) {
    const int8_t *from = plane + x * dilation_x * column_bytes;
    const int8_t *weight = weights + x * next;
    for (int32_t y = 0; y < kernel_height; y += taps) {
      const int32_t lower = taps == 2 && y + 1 < kernel_height ? weight[kernel_width * next] : 0;
      const tkd_2x16 pair = tkd_taps_dsp(*weight, lower);
      first = tkd_mac_2(tkd_load_4(from), pair, first);
      second = tkd_mac_2(tkd_load_4(from + step), pair, second);
      third = tkd_mac_2(tkd_load_4(from + 2 * step), pair, third);
      fourth = tkd_mac_2(tkd_load_4(from + 3 * step), pair, fourth);
      from += 2 * taps * dilation_y;
      weight += taps * kernel_width * next;
    }
  }
  sums[0] = first;
  sums[1] = second;
  sums[2] = third;
  sums[3] = fourth;
}

/* A channel's outputs, any taps, strides and limits. Outputs under each other are row bytes apart, neighbours next. */
static void tkd_columns_any_dsp(const int8_t *plane, int8_t *out, int32_t out_height, int32_t out_width, int32_t row,
                                int32_t next, int32_t column_bytes, int32_t kernel_height, int32_t kernel_width,
                                int32_t stride_y, int32_t stride_x, int32_t dilation_y, int32_t dilation_x,
                                int32_t out_zero_point, int32_t min, int32_t max, const int8_t *weights,
                                const tkd_channel *channel) {
  for (int32_t x = 0; x < out_width; x++) {
    const int8_t *from = plane + x * stride_x * column_bytes;
    int8_t *to = out + x * next;
    for (int32_t y = 0; y < out_height;) {
      const int32_t count = out_height - y < 4 ? 1 : 4; /* the last ones alone: four times the same output */
      int32_t sums[4] = {channel->bias, channel->bias, channel->bias, channel->bias};
      tkd_taps_4_dsp(from, count == 4 ? 2 * stride_y : 0, column_bytes, kernel_height, kernel_width, dilation_y,
                     dilation_x, weights, next, sums);
      for (int32_t i = 0; i < count; i++) {
        *to = tkd_output_dsp(sums[i], channel->multiplier, channel->shift, out_zero_point, min, max);
        to += row;
      }
      from += 2 * count * stride_y;
      y += count;
    }
  }
}

#endif
#endif
