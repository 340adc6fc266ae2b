/* Products of one row of inputs with SMLAD, four output channels at a time.

   Weights stand in pairs of channels: words of {first[k], second[k], first[k + 2], second[k + 2]} for k = 0, 1, 4, 5, 8 ...,
   so that SXTB16 makes two factors of SMLAD from each, in the order in which it takes the inputs apart. The depth is a
   multiple of 4 and the channels are even, filled with zeros. */
#ifndef TKD_DOT_DSP_H
#define TKD_DOT_DSP_H

#include "dsp.h"

#if TKD_DSP

static inline int32_t tkd_depth_dsp(int32_t depth) { return (depth + 3) & ~3; }

/* sums[channel] += products. x: depth bytes, a multiple of 4 above 0, of any alignment; weights of two channels, and of two more. */
TKD_NAKED static void tkd_dots_4x1_dsp(TKD_UNUSED const int8_t *x, TKD_UNUSED const int8_t *weights,
                                                TKD_UNUSED const int8_t *more, TKD_UNUSED int32_t depth,
                                                TKD_UNUSED int32_t sums[4]) {
#define TKD_PAIR(from, first, second)                                                                                  \
  "ldrd r8, r9, [" from "], #8\n"                                                                                      \
  "sxtb16 r12, r8\n"                                                                                                   \
  "sxtb16 r8, r8, ror #8\n"                                                                                            \
  "smlad " first ", r12, r10, " first "\n"                                                                             \
  "smlad " second ", r8, r10, " second "\n"                                                                            \
  "sxtb16 r12, r9\n"                                                                                                   \
  "sxtb16 r9, r9, ror #8\n"                                                                                            \
  "smlad " first ", r12, r11, " first "\n"                                                                             \
  "smlad " second ", r9, r11, " second "\n"
#define TKD_TURN                                                                                                       \
  "ldr r11, [r0], #4\n"                                                                                                \
  "sxtb16 r10, r11\n"                                                                                                  \
  "sxtb16 r11, r11, ror #8\n" TKD_PAIR("r1", "r4", "r5") TKD_PAIR("r2", "r6", "r7")
  __asm volatile(
      "push {r4-r11, lr}\n"
      "ldr r12, [sp, #36]\n"
      "ldm r12, {r4-r7}\n"
      "add lr, r0, r3\n"
      "lsls r3, r3, #29\n"
      "bmi 2f\n"
      "1:\n" TKD_TURN
      "2:\n" TKD_TURN
      "cmp r0, lr\n"
      "bne 1b\n"
      "ldr r12, [sp, #36]\n"
      "stm r12, {r4-r7}\n"
      "pop {r4-r11, pc}\n");
#undef TKD_TURN
#undef TKD_PAIR
}

/* sums[i] += sum_k row[k] * weights[i][k], i < 4; only the first two where more is weights. */
static void tkd_sums_dsp(const int8_t *row, const int8_t *weights, const int8_t *more, int32_t depth, int32_t sums[4]) {
  const int32_t whole = depth & ~3;
  if (whole > 0) {
    tkd_dots_4x1_dsp(row, weights, more, whole, sums);
  }
  if (whole < depth) {
    int8_t rest[4] = {0, 0, 0, 0};
    for (int32_t i = whole; i < depth; i++) {
      rest[i - whole] = row[i];
    }
    tkd_dots_4x1_dsp(rest, weights + 2 * whole, more + 2 * whole, 4, sums);
  }
}

#endif
#endif
