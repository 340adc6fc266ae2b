/* Band energies of a window in float32, for cores with a float unit. */
#include "tinykd/audio.h"

#if TKD_AUDIO_FLOAT

#include <string.h>

#include "log2.h"

/* A sample of the window times half its weight; 0 beyond it. Halved, as `split` wants it. */
static float windowed(const tkd_audio_config *config, const int16_t *samples, uint32_t n) {
  const uint32_t length = config->window_samples;
  if (n >= length) return 0.0f;
  return (float)samples[n] * config->window[n <= length - n ? n : length - n];
}

/* The next number in bit-reversed order below 2 * top, a power of two. */
static uint32_t reversed_next(uint32_t number, uint32_t top) {
  while (number & top) {
    number ^= top;
    top >>= 1;
  }
  return number | top;
}

/* Windows the samples into complex z [fft_size / 2], even ones real, odd ones imaginary, and does the
 * first step of a decimation in time, four or two points together. Returns how many were. */
static uint32_t first_step(const tkd_audio_config *config, const int16_t *samples, float *z) {
  const uint32_t points = config->fft_size / 2U;
  uint32_t radix = 4;
  for (uint32_t rest = points; rest > 1; rest /= 4) {
    if (rest == 2) radix = 2;
  }
  const uint32_t count = points / radix;
  uint32_t group = 0;
  for (uint32_t n = 0; n < count; ++n) {
    float *out = z + 2 * radix * group;
    for (uint32_t part = 0; part < 2; ++part) { /* real, then imaginary */
      const uint32_t at = 2 * n + part;
      const float a = windowed(config, samples, at);
      if (radix == 2) {
        const float b = windowed(config, samples, at + points);
        out[part] = a + b;
        out[part + 2] = a - b;
        continue;
      }
      const float c = windowed(config, samples, at + points / 2);
      const float b = windowed(config, samples, at + points);
      const float d = windowed(config, samples, at + points + points / 2);
      out[part] = a + b;
      out[part + 2] = a - b;
      out[part + 4] = c + d;
      out[part + 6] = c - d;
    }
    if (radix == 4) {
      const float a_r = out[0], a_i = out[1], b_r = out[2], b_i = out[3];
      const float c_r = out[4], c_i = out[5], d_r = out[6], d_i = out[7];
      out[0] = a_r + c_r;
      out[1] = a_i + c_i;
      out[2] = b_r + d_i;
      out[3] = b_i - d_r;
      out[4] = a_r - c_r;
      out[5] = a_i - c_i;
      out[6] = b_r - d_i;
      out[7] = b_i + d_r;
    }
    group = reversed_next(group, count / 2);
  }
  return radix;
}

/* Joins transforms of `size` points, four by four, until there is one.
 * Source: Cooley, Tukey 1965, with radix 4; the second and third of four stand swapped, as their
 * input was ordered for radix 2. */
static void transform(float *z, uint32_t points, uint32_t size, const float *sine) {
  const uint32_t quarter = points / 2; /* of the table's turn of 2 * points */
  for (; size < points; size *= 4) {
    for (uint32_t k = 0; k < size; ++k) {
      const uint32_t angle = k * (quarter / size);
      const float c1 = sine[quarter - angle], s1 = sine[angle];
      const float c2 = c1 * c1 - s1 * s1, s2 = 2.0f * c1 * s1;
      const float c3 = c1 * c2 - s1 * s2, s3 = c1 * s2 + s1 * c2;
      for (float *p0 = z + 2 * k; p0 < z + 2 * points; p0 += 8 * size) {
        float *p1 = p0 + 2 * size, *p2 = p1 + 2 * size, *p3 = p2 + 2 * size;
        const float b_r = p1[0] * c2 + p1[1] * s2, b_i = p1[1] * c2 - p1[0] * s2;
        const float c_r = p2[0] * c1 + p2[1] * s1, c_i = p2[1] * c1 - p2[0] * s1;
        const float d_r = p3[0] * c3 + p3[1] * s3, d_i = p3[1] * c3 - p3[0] * s3;
        const float t0_r = p0[0] + b_r, t0_i = p0[1] + b_i;
        const float t1_r = p0[0] - b_r, t1_i = p0[1] - b_i;
        const float t2_r = c_r + d_r, t2_i = c_i + d_i;
        const float t3_r = c_r - d_r, t3_i = c_i - d_i;
        p0[0] = t0_r + t2_r;
        p0[1] = t0_i + t2_i;
        p1[0] = t1_r + t3_i;
        p1[1] = t1_i - t3_r;
        p2[0] = t0_r - t2_r;
        p2[1] = t0_i - t2_i;
        p3[0] = t1_r - t3_i;
        p3[1] = t1_i + t3_r;
      }
    }
  }
}

/* Turns the transform z of paired samples into the power of bins 0 to points - 1, at z[2 * bin]. */
static void split(float *z, uint32_t points, const float *sine) {
  const float first = 2.0f * (z[0] + z[1]);
  z[0] = first * first;
  for (uint32_t k = 1; k <= points / 2; ++k) {
    float *low = z + 2 * k, *high = z + 2 * (points - k);
    const float even_r = low[0] + high[0], even_i = low[1] - high[1];
    const float odd_r = low[1] + high[1], odd_i = high[0] - low[0];
    const float cosine = sine[points / 2 - k], minus = sine[k];
    const float turned_r = odd_r * cosine + odd_i * minus;
    const float turned_i = odd_i * cosine - odd_r * minus;
    const float low_r = even_r + turned_r, low_i = even_i + turned_i;
    const float high_r = even_r - turned_r, high_i = turned_i - even_i;
    low[0] = low_r * low_r + low_i * low_i;
    high[0] = high_r * high_r + high_i * high_i;
  }
}

/* log2 of a number that is at least the least normal one. */
static float log2_of(float number) {
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);
  const float exponent = (float)((int32_t)(bits >> 23) - 127);
  bits = (bits & 0x007fffffU) | 0x3f800000U;
  memcpy(&number, &bits, sizeof number);
  const float x = number - 1.0f;
  const float p =
      (((((float)TKD_LOG2_4 * x) + (float)TKD_LOG2_3) * x + (float)TKD_LOG2_2) * x + (float)TKD_LOG2_1) * x +
      (float)TKD_LOG2_0;
  return exponent + (x + x * (1.0f - x) * p);
}

void tkd_audio_energies(const tkd_audio_config *config, const int16_t *samples, tkd_real *work,
                        tkd_log *log_energies) {
  const uint32_t points = config->fft_size / 2U;
  transform(work, points, first_step(config, samples, work), config->sine);
  split(work, points, config->sine);
  float rising = 0.0f;
  for (uint32_t segment = 0; segment <= config->bands; ++segment) {
    float sum = 0.0f, moment = 0.0f; /* of the powers p[i]: of p[i], of i * p[i] */
    for (uint32_t bin = config->first[segment + 1]; bin-- > config->first[segment];) {
      moment += sum;
      sum += work[2 * bin];
    }
    const float rise = config->rise[segment] * sum + config->step[segment] * moment;
    if (segment > 0) {
      const float energy = rising + (sum - rise);
      /* The least normal number stands for silence; the floor lies above it. */
      tkd_log level = log2_of(energy > 1.2e-38f ? energy : 1.2e-38f);
      if (config->gain != NULL) level += config->gain[segment - 1];
      log_energies[segment - 1] = level > config->floor ? level : config->floor;
    }
    rising = rise;
  }
}

#endif /* TKD_AUDIO_FLOAT */
