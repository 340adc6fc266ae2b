#include "real_f32.h"

/* Joins four points. */
static void join_four(float *z) {
  const float t0_r = z[0] + z[2], t0_i = z[1] + z[3], t1_r = z[0] - z[2], t1_i = z[1] - z[3];
  const float t2_r = z[4] + z[6], t2_i = z[5] + z[7], t3_r = z[4] - z[6], t3_i = z[5] - z[7];
  z[0] = t0_r + t2_r;
  z[1] = t0_i + t2_i;
  z[2] = t1_r + t3_i;
  z[3] = t1_i - t3_r;
  z[4] = t0_r - t2_r;
  z[5] = t0_i - t2_i;
  z[6] = t1_r - t3_i;
  z[7] = t1_i + t3_r;
}

/* Adds and subtracts two complex numbers. */
static void join_two(float *a, float *b, float b_r, float b_i) {
  b[0] = a[0] - b_r;
  b[1] = a[1] - b_i;
  a[0] += b_r;
  a[1] += b_i;
}

/* The first joining, of four points, or of eight where the number of points is an odd power of two.
 * Returns how many. */
static uint32_t first_step(float *z, uint32_t points, float sine_45) {
  const float *end = z + 2 * points;
  if (points & 0x55555555U) {
    for (; z < end; z += 8) join_four(z);
    return 4;
  }
  for (; z < end; z += 16) {
    join_four(z);
    join_four(z + 8);
    join_two(z, z + 8, z[8], z[9]);
    join_two(z + 2, z + 10, (z[10] + z[11]) * sine_45, (z[11] - z[10]) * sine_45);
    join_two(z + 4, z + 12, z[13], -z[12]);
    join_two(z + 6, z + 14, (z[15] - z[14]) * sine_45, -(z[14] + z[15]) * sine_45);
  }
  return 8;
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

/* Turns the transform z of paired samples into four times the power of bins 0 to points - 1, at z[2 * bin], and of
 * bin `points` at z[1]. */
static void split(float *z, uint32_t points, const float *sine) {
  const float first = 2.0f * (z[0] + z[1]), last = 2.0f * (z[0] - z[1]);
  z[0] = first * first;
  z[1] = last * last;
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

void tkd_fft_power_f32(float *z, uint32_t size, const float *sine) {
  const uint32_t points = size / 2;
  transform(z, points, first_step(z, points, sine[points / 4]), sine);
  split(z, points, sine);
}
