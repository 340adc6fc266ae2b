/* Band energies of a window in int32, for cores without a float unit.
 *
 * A frame is first scaled so that its loudest sample fills 30 bits; every step of the transform halves
 * what it doubles, so nothing overflows and the least bit stays 2^-28 of the loudest tone. */
#include "tinykd/audio.h"

#if !TKD_AUDIO_FLOAT

#include <string.h>

#include "log2.h"

/* Returns a * b / 2^32, rounded down. */
static int32_t mul_high(int32_t a, int32_t b) {
#if defined(__ARM_ARCH) && __ARM_ARCH == 6
  /* No multiplication of this core gives more than 32 bits: four of 16 bits by 16. */
  const uint32_t a_low = (uint32_t)a & 0xffffU, b_low = (uint32_t)b & 0xffffU;
  const int32_t a_high = a >> 16, b_high = b >> 16;
  const int32_t inner = a_high * (int32_t)b_low + (int32_t)((a_low * b_low) >> 16);
  const int32_t outer = (int32_t)a_low * b_high + (inner & 0xffff);
  return a_high * b_high + (inner >> 16) + (outer >> 16);
#else
  return (int32_t)(((int64_t)a * b) >> 32);
#endif
}

/* A sample, shifted, times half its weight; 0 beyond the window. */
static int32_t windowed(const tkd_audio_config *config, const int16_t *samples, uint32_t n, int32_t gain) {
  const uint32_t length = config->window_samples;
  if (n >= length) return 0;
  return mul_high(samples[n] * gain, config->window[n <= length - n ? n : length - n]);
}

/* The next number in bit-reversed order below 2 * top, a power of two. */
static uint32_t reversed_next(uint32_t number, uint32_t top) {
  while (number & top) {
    number ^= top;
    top >>= 1;
  }
  return number | top;
}

/* As in audio_f32.c; every output is the sum divided by the radix. */
static uint32_t first_step(const tkd_audio_config *config, const int16_t *samples, int32_t gain, int32_t *z) {
  const uint32_t points = config->fft_size / 2U;
  uint32_t radix = 4;
  for (uint32_t rest = points; rest > 1; rest /= 4) {
    if (rest == 2) radix = 2;
  }
  const uint32_t count = points / radix;
  uint32_t group = 0;
  for (uint32_t n = 0; n < count; ++n) {
    int32_t *out = z + 2 * radix * group;
    for (uint32_t part = 0; part < 2; ++part) {
      const uint32_t at = 2 * n + part;
      const int32_t a = windowed(config, samples, at, gain) >> 1;
      if (radix == 2) {
        const int32_t b = windowed(config, samples, at + points, gain) >> 1;
        out[part] = a + b;
        out[part + 2] = a - b;
        continue;
      }
      const int32_t c = windowed(config, samples, at + points / 2, gain) >> 1;
      const int32_t b = windowed(config, samples, at + points, gain) >> 1;
      const int32_t d = windowed(config, samples, at + points + points / 2, gain) >> 1;
      out[part] = a + b;
      out[part + 2] = a - b;
      out[part + 4] = c + d;
      out[part + 6] = c - d;
    }
    if (radix == 4) {
      const int32_t a_r = out[0], a_i = out[1], b_r = out[2], b_i = out[3];
      const int32_t c_r = out[4], c_i = out[5], d_r = out[6], d_i = out[7];
      out[0] = (a_r + c_r) >> 1;
      out[1] = (a_i + c_i) >> 1;
      out[2] = (b_r + d_i) >> 1;
      out[3] = (b_i - d_r) >> 1;
      out[4] = (a_r - c_r) >> 1;
      out[5] = (a_i - c_i) >> 1;
      out[6] = (b_r - d_i) >> 1;
      out[7] = (b_i + d_r) >> 1;
    }
    group = reversed_next(group, count / 2);
  }
  return radix;
}

/* As in audio_f32.c; every output is the sum divided by 4. */
static void transform(int32_t *z, uint32_t points, uint32_t size, const int32_t *sine) {
  const uint32_t quarter = points / 2;
  for (; size < points; size *= 4) {
    for (uint32_t k = 0; k < size; ++k) {
      const uint32_t angle = k * (quarter / size);
      const int32_t c1 = sine[quarter - angle], s1 = sine[angle];
      /* Cosine and sine of the double angle and of the triple; mul_high leaves half of a product. */
      const int32_t c2 = 2 * (mul_high(c1, c1) - mul_high(s1, s1)), s2 = 4 * mul_high(s1, c1);
      const int32_t c3 = 2 * (mul_high(c1, c2) - mul_high(s1, s2));
      const int32_t s3 = 2 * (mul_high(c1, s2) + mul_high(s1, c2));
      for (int32_t *p0 = z + 2 * k; p0 < z + 2 * points; p0 += 8 * size) {
        int32_t *p1 = p0 + 2 * size, *p2 = p1 + 2 * size, *p3 = p2 + 2 * size;
        const int32_t a_r = p0[0] >> 1, a_i = p0[1] >> 1;
        const int32_t b_r = mul_high(p1[0], c2) + mul_high(p1[1], s2), b_i = mul_high(p1[1], c2) - mul_high(p1[0], s2);
        const int32_t c_r = mul_high(p2[0], c1) + mul_high(p2[1], s1), c_i = mul_high(p2[1], c1) - mul_high(p2[0], s1);
        const int32_t d_r = mul_high(p3[0], c3) + mul_high(p3[1], s3), d_i = mul_high(p3[1], c3) - mul_high(p3[0], s3);
        const int32_t t0_r = a_r + b_r, t0_i = a_i + b_i, t1_r = a_r - b_r, t1_i = a_i - b_i;
        const int32_t t2_r = c_r + d_r, t2_i = c_i + d_i, t3_r = c_r - d_r, t3_i = c_i - d_i;
        p0[0] = (t0_r + t2_r) >> 1;
        p0[1] = (t0_i + t2_i) >> 1;
        p1[0] = (t1_r + t3_i) >> 1;
        p1[1] = (t1_i - t3_r) >> 1;
        p2[0] = (t0_r - t2_r) >> 1;
        p2[1] = (t0_i - t2_i) >> 1;
        p3[0] = (t1_r - t3_i) >> 1;
        p3[1] = (t1_i + t3_r) >> 1;
      }
    }
  }
}

/* Turns the transform z of paired samples into the power / 2^POWER_SHIFT of bins 0 to points - 1, 64 bits
 * each, at z[2 * bin]. */
#define POWER_SHIFT 10

static void put_power(int32_t *at, int32_t real, int32_t imaginary) {
  const int64_t power = (int64_t)real * real + (int64_t)imaginary * imaginary;
  const uint64_t kept = ((uint64_t)power + (1U << (POWER_SHIFT - 1))) >> POWER_SHIFT;
  memcpy(at, &kept, sizeof kept);
}

static void split(int32_t *z, uint32_t points, const int32_t *sine) {
  put_power(z, z[0] + z[1], 0);
  for (uint32_t k = 1; k <= points / 2; ++k) {
    int32_t *low = z + 2 * k, *high = z + 2 * (points - k);
    const int32_t even_r = (low[0] + high[0]) >> 1, even_i = (low[1] - high[1]) >> 1;
    const int32_t odd_r = low[1] + high[1], odd_i = high[0] - low[0];
    const int32_t cosine = sine[points / 2 - k], minus = sine[k];
    const int32_t turned_r = mul_high(odd_r, cosine) + mul_high(odd_i, minus);
    const int32_t turned_i = mul_high(odd_i, cosine) - mul_high(odd_r, minus);
    put_power(low, even_r + turned_r, even_i + turned_i);
    put_power(high, even_r - turned_r, turned_i - even_i);
  }
}

/* Returns the number of bits that `number` takes; 0 for 0. */
static uint32_t bit_length(uint64_t number) {
  uint32_t bits = 0;
  for (uint32_t step = 32; step > 0; step /= 2) {
    if (number >> step) {
      number >>= step;
      bits += step;
    }
  }
  return bits + (uint32_t)number;
}

#define Q31(x) ((int32_t)((x)*2147483648.0))

/* log2 as Q20 of a number above 0. */
static int32_t log2_of(uint64_t number) {
  const uint32_t bits = bit_length(number);
  const int32_t x = (int32_t)((number << (64 - bits) >> 32) & 0x7fffffffU);
  int32_t p = 2 * mul_high(Q31(TKD_LOG2_4), x) + Q31(TKD_LOG2_3);
  p = 2 * mul_high(p, x) + Q31(TKD_LOG2_2);
  p = 2 * mul_high(p, x) + Q31(TKD_LOG2_1);
  p = 2 * mul_high(p, x) + Q31(TKD_LOG2_0);
  const int32_t bent = 4 * mul_high(mul_high(x, INT32_MAX - x), p); /* x (1 - x) p */
  return (int32_t)((bits - 1) << 20) + (x >> 11) + (bent >> 11);
}

/* Returns rise * sum + step * moment, at most `sum`; rise and step are Q31. */
static uint64_t weighted(uint64_t sum, uint64_t moment, int32_t rise, int32_t step) {
  const uint32_t bits = bit_length(sum > moment ? sum : moment);
  const uint32_t excess = bits > 31 ? bits - 31 : 0;
  const uint64_t product =
      (uint64_t)(uint32_t)rise * (sum >> excess) + (uint64_t)(uint32_t)step * (moment >> excess);
  const uint64_t part = excess < 31 ? product >> (31 - excess) : product << (excess - 31);
  return part < sum ? part : sum;
}

void tkd_audio_energies(const tkd_audio_config *config, const int16_t *samples, tkd_real *work,
                        tkd_log *log_energies) {
  const uint32_t points = config->fft_size / 2U;
  uint32_t loudest = 0;
  for (uint32_t n = 0; n < config->window_samples; ++n) {
    const uint32_t size = (uint32_t)(samples[n] < 0 ? -samples[n] : samples[n]);
    if (size > loudest) loudest = size;
  }
  const uint32_t up = loudest > 0 ? 30 - bit_length(loudest) : 0;
  transform(work, points, first_step(config, samples, (int32_t)(1U << up), work), config->sine);
  split(work, points, config->sine);
  /* The spectrum is 2^(up - 1) / points of the samples', which are 2^15 for a level of 1. */
  const int32_t level_of_1 =
      POWER_SHIFT + 2 * (int32_t)(bit_length(points) - 1) - 2 * ((int32_t)up - 1) - 2 * 15;
  uint64_t rising = 0;
  for (uint32_t segment = 0; segment <= config->bands; ++segment) {
    uint64_t sum = 0, moment = 0; /* of the powers p[i]: of p[i], of i * p[i] */
    for (uint32_t bin = config->first[segment + 1]; bin-- > config->first[segment];) {
      uint64_t power;
      memcpy(&power, work + 2 * bin, sizeof power);
      moment += sum;
      sum += power;
    }
    const uint64_t rise = weighted(sum, moment, config->rise[segment], config->step[segment]);
    if (segment > 0) {
      const uint64_t energy = rising + (sum - rise);
      tkd_log level = config->floor;
      if (energy > 0) {
        level = log2_of(energy) + level_of_1 * (1 << 20);
        if (config->gain != NULL) level += config->gain[segment - 1];
      }
      log_energies[segment - 1] = level > config->floor ? level : config->floor;
    }
    rising = rise;
  }
}

#endif /* !TKD_AUDIO_FLOAT */
