/* Arithmetic in float32 that the front ends share; private. */
#ifndef TINYKD_FRONTEND_REAL_F32_H_
#define TINYKD_FRONTEND_REAL_F32_H_

#include <stdint.h>

/* Returns the place after `place` in bit-reversed order; top: half the number of places, a power of two. */
static inline uint32_t tkd_fft_next(uint32_t place, uint32_t top) {
  while (place & top) {
    place ^= top;
    top >>= 1;
  }
  return place | top;
}

/* Real Fourier transform.
 * z: [size] the samples as complex numbers of two, in bit-reversed order of the numbers; then four times the power of
 * bin k, 0 to size / 2 - 1, at z[2 * k], and of bin size / 2 at z[1].
 * size: a power of two, 8 to 8192. sine: [size / 4 + 1] sin(2 pi k / size). */
void tkd_fft_power_f32(float *z, uint32_t size, const float *sine);

/* Returns the base-2 logarithm of a number that is at least the least normal one, 2.3e-6 off at most. */
float tkd_log2_f32(float number);

/* Returns the square root of a number, 0 for one below the least normal one; 2e-7 of it off at most. */
float tkd_sqrt_f32(float number);

#endif /* TINYKD_FRONTEND_REAL_F32_H_ */
