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

/* The next number in bit-reversed order below 2 * top, a power of two. */
static uint32_t reversed_next(uint32_t number, uint32_t top) {
  while (number & top) {
    number ^= top;
    top >>= 1;
  }
  return number | top;
}

/* As in audio_f32.c; the samples times `gain` fill 30 bits, z 29. */
static void load(const tkd_audio_config *config, const int16_t *samples, int32_t gain, int32_t *z) {
  const uint32_t length = config->window_samples, top = config->fft_size / 4U;
  const int32_t *window = config->window;
  uint32_t n = 0, place = 0;
  const uint32_t pairs_end = length - 1, rising_end = length / 2 + 1 < pairs_end ? length / 2 + 1 : pairs_end;
  for (; n < rising_end; n += 2, place = reversed_next(place, top)) {
    z[2 * place] = mul_high(samples[n] * gain, window[n]);
    z[2 * place + 1] = mul_high(samples[n + 1] * gain, window[n + 1]);
  }
  for (; n < pairs_end; n += 2, place = reversed_next(place, top)) {
    z[2 * place] = mul_high(samples[n] * gain, window[length - n]);
    z[2 * place + 1] = mul_high(samples[n + 1] * gain, window[length - n - 1]);
  }
  for (; n < config->fft_size; n += 2, place = reversed_next(place, top)) {
    z[2 * place] = n < length ? mul_high(samples[n] * gain, window[length - n]) : 0;
    z[2 * place + 1] = 0;
  }
}

/* As in audio_f32.c; every output is the sum divided by 4. */
static void join_four(int32_t *z) {
  const int32_t t0_r = z[0] + z[2], t0_i = z[1] + z[3], t1_r = z[0] - z[2], t1_i = z[1] - z[3];
  const int32_t t2_r = z[4] + z[6], t2_i = z[5] + z[7], t3_r = z[4] - z[6], t3_i = z[5] - z[7];
  z[0] = (t0_r >> 2) + (t2_r >> 2);
  z[1] = (t0_i >> 2) + (t2_i >> 2);
  z[2] = (t1_r >> 2) + (t3_i >> 2);
  z[3] = (t1_i >> 2) - (t3_r >> 2);
  z[4] = (t0_r >> 2) - (t2_r >> 2);
  z[5] = (t0_i >> 2) - (t2_i >> 2);
  z[6] = (t1_r >> 2) - (t3_i >> 2);
  z[7] = (t1_i >> 2) + (t3_r >> 2);
}

/* Makes a and b of half of a and b: (a + b) / 2 and (a - b) / 2. */
static void join_two(int32_t *a, int32_t *b, int32_t half_b_r, int32_t half_b_i) {
  const int32_t a_r = a[0] >> 1, a_i = a[1] >> 1;
  b[0] = a_r - half_b_r;
  b[1] = a_i - half_b_i;
  a[0] = a_r + half_b_r;
  a[1] = a_i + half_b_i;
}

/* As in audio_f32.c; every output is the sum divided by how many were joined. */
static uint32_t first_step(int32_t *z, uint32_t points, int32_t sine_45) {
  const int32_t *end = z + 2 * points;
  if (points & 0x55555555U) {
    for (; z < end; z += 8) join_four(z);
    return 4;
  }
  for (; z < end; z += 16) {
    join_four(z);
    join_four(z + 8);
    join_two(z, z + 8, z[8] >> 1, z[9] >> 1);
    join_two(z + 2, z + 10, mul_high(z[10] + z[11], sine_45), mul_high(z[11] - z[10], sine_45));
    join_two(z + 4, z + 12, z[13] >> 1, -(z[12] >> 1));
    join_two(z + 6, z + 14, mul_high(z[15] - z[14], sine_45), -mul_high(z[14] + z[15], sine_45));
  }
  return 8;
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
  load(config, samples, (int32_t)(1U << up), work);
  transform(work, points, first_step(work, points, config->sine[points / 4]), config->sine);
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

void tkd_audio_bend(const int16_t *samples, size_t count, tkd_log *bent) {
  for (size_t n = 0; n < count; ++n) {
    const int32_t sample = samples[n];
    const int32_t level = log2_of((uint64_t)(128 + (sample < 0 ? -sample : sample))) - (7 << 20);
    bent[n] = sample < 0 ? -level : level;
  }
}

#endif /* !TKD_AUDIO_FLOAT */
