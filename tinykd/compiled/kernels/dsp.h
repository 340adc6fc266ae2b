/* The SIMD instructions of M4, M7 and M33 that the kernels use. */
#ifndef TKD_DSP_H
#define TKD_DSP_H

#include "requantise.h"

#if TKD_DSP

/* A function that is nothing but assembly; its arguments stand in registers. */
#if defined(__clang__)
#define TKD_NAKED __attribute__((naked, noinline, unused))
#else
#define TKD_NAKED __attribute__((naked, noinline, noclone, unused))
#endif

/* Two int16: low half first. */
typedef uint32_t tkd_2x16;

static inline uint32_t tkd_load_4(const void *from) {
  uint32_t word;
  __builtin_memcpy(&word, from, 4);
  return word;
}

static inline void tkd_store_4(void *to, uint32_t word) { __builtin_memcpy(to, &word, 4); }

/* Bytes 0 and 2, sign extended. */
static inline tkd_2x16 tkd_bytes_02(uint32_t bytes) {
  tkd_2x16 halves;
  __asm("sxtb16 %0, %1" : "=r"(halves) : "r"(bytes));
  return halves;
}

/* Bytes 1 and 3, sign extended. */
static inline tkd_2x16 tkd_bytes_13(uint32_t bytes) {
  tkd_2x16 halves;
  __asm("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(bytes));
  return halves;
}

/* halves + bytes 0 and 2, sign extended. */
static inline tkd_2x16 tkd_add_bytes_02(tkd_2x16 halves, uint32_t bytes) {
  __asm("sxtab16 %0, %0, %1" : "+r"(halves) : "r"(bytes));
  return halves;
}

/* halves + bytes 1 and 3, sign extended. */
static inline tkd_2x16 tkd_add_bytes_13(tkd_2x16 halves, uint32_t bytes) {
  __asm("sxtab16 %0, %0, %1, ror #8" : "+r"(halves) : "r"(bytes));
  return halves;
}

/* acc + a.low * b.low + a.high * b.high */
static inline int32_t tkd_mac_2(tkd_2x16 a, tkd_2x16 b, int32_t acc) {
  __asm("smlad %0, %1, %2, %0" : "+r"(acc) : "r"(a), "r"(b));
  return acc;
}

/* acc + a.low * b.low */
static inline int32_t tkd_mac_low_low(tkd_2x16 a, tkd_2x16 b, int32_t acc) {
  __asm("smlabb %0, %1, %2, %0" : "+r"(acc) : "r"(a), "r"(b));
  return acc;
}

/* acc + a.high * b.low */
static inline int32_t tkd_mac_high_low(tkd_2x16 a, tkd_2x16 b, int32_t acc) {
  __asm("smlatb %0, %1, %2, %0" : "+r"(acc) : "r"(a), "r"(b));
  return acc;
}

enum { TKD_LEAST_SHIFT = -20 };

/* Whether tkd_to_int8 takes a channel's shift. */
static inline int32_t tkd_shift_is_usual(int32_t shift) { return shift < 0 && shift >= TKD_LEAST_SHIFT; }

/* clamp(tkd_requantise(acc, multiplier, shift) + zero_point, min, max) for a usual shift.

   An accumulator of 2^30 or more saturates when doubled: at such a shift its output is at a limit anyway. Rounding a
   half away from zero instead of up makes a difference only below zero, which min = zero_point or more hides. */
static inline int8_t tkd_to_int8(int32_t acc, int32_t multiplier, int32_t shift, int32_t zero_point, int32_t min,
                                 int32_t max) {
  int32_t value;
  __asm("qadd %0, %1, %1\n\tsmmulr %0, %0, %2" : "=&r"(value) : "r"(acc), "r"(multiplier));
  if (min < zero_point) {
    value += value >> 31;
  }
  value = (value >> (-1 - shift)) + 2 * zero_point + 1;
  __asm("ssat %0, #8, %1, asr #1" : "=r"(value) : "r"(value));
  if (min > INT8_MIN && value < min) {
    value = min;
  }
  if (max < INT8_MAX && value > max) {
    value = max;
  }
  return (int8_t)value;
}

/* clamp(tkd_requantise(acc, multiplier, shift) + zero_point, min, max) for any shift. */
static inline int8_t tkd_output_dsp(int32_t acc, int32_t multiplier, int32_t shift, int32_t zero_point, int32_t min,
                                    int32_t max) {
  if (tkd_shift_is_usual(shift)) {
    return tkd_to_int8(acc, multiplier, shift, zero_point, min, max);
  }
  return tkd_clamp(tkd_requantise(acc, multiplier, shift) + zero_point, min, max);
}

#endif
#endif
