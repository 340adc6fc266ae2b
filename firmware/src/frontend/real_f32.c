#include "real_f32.h"

#include <string.h>

#include "log2.h"

float tkd_log2_f32(float number) {
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

float tkd_sqrt_f32(float number) {
  if (number < 1.2e-38f) return 0.0f;
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);
  bits = (bits >> 1) + 0x1fc00000U; /* half the exponent: at most 6 % off */
  float root;
  memcpy(&root, &bits, sizeof root);
  for (int i = 0; i < 3; ++i) root = 0.5f * (root + number / root); /* Newton: 0.2 %, 2e-6, rounding */
  return root;
}
