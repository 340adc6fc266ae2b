/* Matrix products with SMLAD, two output channels and four pixels at a time. Weights as in dot_dsp.h. */
#ifndef TKD_BLOCK_DSP_H
#define TKD_BLOCK_DSP_H

#include "dot_dsp.h"

#if TKD_DSP

/* What tkd_block_dsp does. While pairs > 0 it makes outputs of a pair of channels after the other and moves channels, out
   and pairs on; with pairs = 0 it only writes one pair's sums of products, [2 channels][4 pixels], without a bias. */
typedef struct {
  const tkd_channel *channels;
  int8_t *out; /* of the first pixel; the others lie stride bytes apart */
  int32_t stride;
  int32_t offset;  /* 2 * zero_point + 1 */
  uint32_t above;  /* 127 - max, four times */
  uint32_t below;  /* min + 128, four times */
  int32_t pairs;
  int32_t sums[8];
} tkd_job_dsp;

/* Products of four pixels x, [depth / 2][4 pixels] pairs, with pairs of channels; all shifts are usual (dsp.h).
   Returns the end of the weights it used. */
TKD_NAKED static const int8_t *tkd_block_dsp(TKD_UNUSED const int8_t *x, TKD_UNUSED const int8_t *weights,
                                             TKD_UNUSED int32_t depth, TKD_UNUSED tkd_job_dsp *job) {
#define TKD_TURN                                                                                                       \
  "ldr r2, [r1], #4\n"                                                                                                 \
  "ldrd r12, lr, [r0], #8\n"                                                                                           \
  "sxtb16 r3, r2\n"                                                                                                    \
  "sxtb16 r2, r2, ror #8\n"                                                                                            \
  "smlad r4, r3, r12, r4\n"                                                                                            \
  "smlad r8, r2, r12, r8\n"                                                                                            \
  "smlad r5, r3, lr, r5\n"                                                                                             \
  "smlad r9, r2, lr, r9\n"                                                                                             \
  "ldrd r12, lr, [r0], #8\n"                                                                                           \
  "smlad r6, r3, r12, r6\n"                                                                                            \
  "smlad r10, r2, r12, r10\n"                                                                                          \
  "smlad r7, r3, lr, r7\n"                                                                                             \
  "smlad r11, r2, lr, r11\n"
#define TKD_SCALE(acc, multiplier)                                                                                     \
  "qadd " acc ", " acc ", " acc "\n"                                                                                   \
  "smmulr " acc ", " acc ", " multiplier "\n"                                                                          \
  "add " acc ", " acc ", " acc ", asr #31\n"
#define TKD_SATURATE(acc, bits)                                                                                        \
  "asr " acc ", " acc ", " bits "\n"                                                                                   \
  "add " acc ", " acc ", lr\n"                                                                                         \
  "ssat " acc ", #8, " acc ", asr #1\n"
#define TKD_CLAMP(bytes)                                                                                               \
  "eor " bytes ", " bytes ", r12\n"                                                                                    \
  "uqadd8 " bytes ", " bytes ", r1\n"                                                                                  \
  "uqsub8 " bytes ", " bytes ", r1\n"                                                                                  \
  "uqsub8 " bytes ", " bytes ", r3\n"                                                                                  \
  "uqadd8 " bytes ", " bytes ", r3\n"                                                                                  \
  "eor " bytes ", " bytes ", r12\n"
  __asm volatile(
      "push {r4-r11, lr}\n"
      "add r12, r0, r2, lsl #3\n"
      "push {r0, r2, r3, r12}\n" /* x, depth, job, end of x */
      "1:\n"
      "ldrd r2, r3, [sp, #4]\n"
      "ldr r0, [r3, #24]\n"
      "movs r4, #0\n"
      "mov r8, r4\n"
      "cbz r0, 2f\n"
      "ldr r3, [r3]\n"
      "ldr r4, [r3]\n"
      "ldr r8, [r3, #12]\n"
      "2:\n"
      "mov r5, r4\n mov r6, r4\n mov r7, r4\n"
      "mov r9, r8\n mov r10, r8\n mov r11, r8\n"
      "ldr r0, [sp]\n"
      "lsls r2, r2, #29\n" /* an odd number of four values: begin in the middle */
      "bmi 4f\n"
      "3:\n" TKD_TURN TKD_TURN
      "4:\n" TKD_TURN TKD_TURN
      "ldr r2, [sp, #12]\n"
      "cmp r0, r2\n"
      "bne 3b\n"
      "ldr r0, [sp, #8]\n"
      "ldr r2, [r0, #24]\n"
      "cmp r2, #0\n"
      "beq 6f\n"
      "subs r2, #1\n"
      "str r2, [r0, #24]\n"
      "push {r1, r2}\n"
      "ldrd r1, r2, [r0]\n" /* channels, out */
      "ldr r3, [r1, #4]\n"
      "ldr r12, [r1, #16]\n" /* multipliers */
      TKD_SCALE("r4", "r3") TKD_SCALE("r5", "r3") TKD_SCALE("r6", "r3") TKD_SCALE("r7", "r3")
      TKD_SCALE("r8", "r12") TKD_SCALE("r9", "r12") TKD_SCALE("r10", "r12") TKD_SCALE("r11", "r12")
      "ldr r3, [r1, #8]\n"
      "ldr r12, [r1, #20]\n" /* shifts */
      "mvns r3, r3\n"
      "mvn r12, r12\n"
      "ldr lr, [r0, #12]\n"
      TKD_SATURATE("r4", "r3") TKD_SATURATE("r5", "r3") TKD_SATURATE("r6", "r3") TKD_SATURATE("r7", "r3")
      TKD_SATURATE("r8", "r12") TKD_SATURATE("r9", "r12") TKD_SATURATE("r10", "r12") TKD_SATURATE("r11", "r12")
      "adds r1, #24\n"
      "adds r3, r2, #2\n"
      "strd r1, r3, [r0]\n"
      "bfi r4, r8, #8, #8\n bfi r5, r9, #8, #8\n bfi r6, r10, #8, #8\n bfi r7, r11, #8, #8\n"
      "ldrd r1, r3, [r0, #16]\n" /* above, below */
      "orrs r12, r1, r3\n"
      "beq 5f\n"
      "mov r12, #0x80808080\n" /* bytes from -128 become bytes from 0 and back */
      "pkhbt r4, r4, r5, lsl #16\n"
      "pkhbt r6, r6, r7, lsl #16\n" TKD_CLAMP("r4") TKD_CLAMP("r6")
      "lsrs r5, r4, #16\n"
      "lsrs r7, r6, #16\n"
      "5:\n"
      "ldr r12, [r0, #8]\n"
      "strh r4, [r2]\n"
      "strh r5, [r2, r12]\n"
      "add r2, r2, r12, lsl #1\n"
      "strh r6, [r2]\n"
      "strh r7, [r2, r12]\n"
      "pop {r1, r2}\n"
      "cmp r2, #0\n"
      "bne 1b\n"
      "b 7f\n"
      "6:\n"
      "adds r0, #28\n"
      "stm r0, {r4-r11}\n"
      "7:\n"
      "mov r0, r1\n"
      "add sp, #16\n"
      "pop {r4-r11, pc}\n");
#undef TKD_TURN
#undef TKD_SCALE
#undef TKD_SATURATE
#undef TKD_CLAMP
}

/* A pixel's bytes into its lane of [depth / 2][4 pixels] pairs: 0 and 2, 1 and 3, 4 and 6 ... with zeros behind the last. */
static void tkd_expand_dsp(const int8_t *in, int8_t *lane, int32_t depth) {
  for (; depth >= 4; depth -= 4) {
    const uint32_t bytes = tkd_load_4(in);
    tkd_store_4(lane, tkd_bytes_02(bytes));
    tkd_store_4(lane + 16, tkd_bytes_13(bytes));
    in += 4;
    lane += 32;
  }
  if (depth > 0) {
    uint32_t bytes = 0;
    for (int32_t i = 0; i < depth; i++) {
      bytes |= (uint32_t)(uint8_t)in[i] << 8 * i;
    }
    tkd_store_4(lane, tkd_bytes_02(bytes));
    tkd_store_4(lane + 16, tkd_bytes_13(bytes));
  }
}

/* Whether tkd_block_dsp may make the outputs of these channels. */
static int32_t tkd_shifts_are_usual(const tkd_channel *channels, int32_t count) {
  int32_t usual = 1;
  for (int32_t i = 0; i < count; i++) {
    usual &= tkd_shift_is_usual(channels[i].shift);
  }
  return usual;
}

/* out[p * stride + o] = f(bias[o] + sum_k x[k][p] * weights[o][k]), p < 4; x as tkd_expand_dsp leaves it, usual shifts. */
static void tkd_product_dsp(const int8_t *x, int8_t *out, int32_t stride, int32_t depth, int32_t out_channels,
                            int32_t out_zero_point, int32_t min, int32_t max, const int8_t *weights,
                            const tkd_channel *channels) {
  tkd_job_dsp job;
  depth = tkd_depth_dsp(depth);
  if (out_channels > 1) {
    job.channels = channels;
    job.out = out;
    job.stride = stride;
    job.offset = 2 * out_zero_point + 1;
    job.above = (uint32_t)(INT8_MAX - max) * 0x01010101u;
    job.below = (uint32_t)(min - INT8_MIN) * 0x01010101u;
    job.pairs = out_channels / 2;
    weights = tkd_block_dsp(x, weights, depth, &job);
  }
  if (out_channels & 1) {
    const tkd_channel *last = channels + out_channels - 1;
    job.pairs = 0;
    (void)tkd_block_dsp(x, weights, depth, &job);
    for (int32_t p = 0; p < 4; p++) {
      out[p * stride + out_channels - 1] =
          tkd_to_int8(last->bias + job.sums[p], last->multiplier, last->shift, out_zero_point, min, max);
    }
  }
}

#endif
#endif
