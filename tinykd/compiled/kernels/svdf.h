/* One time step of a rank-decomposed filter bank that remembers its last inputs' features. */
#ifndef TKD_SVDF_H
#define TKD_SVDF_H

#include "requantise.h"

/* Element i of an array of int16 (wide) or int8. */
static inline int32_t tkd_element(const void *array, int32_t i, int32_t wide) {
  return wide ? ((const int16_t *)array)[i] : ((const int8_t *)array)[i];
}

static inline void tkd_set_element(void *array, int32_t i, int32_t wide, int32_t value) {
  if (wide) {
    ((int16_t *)array)[i] = (int16_t)value;
  } else {
    ((int8_t *)array)[i] = (int8_t)value;
  }
}

/* Every filter's new feature, in * features[filter], enters its `memory` values in `state` as the oldest leaves;
   out[unit] = f(bias[unit] + sum over the unit's `rank` filters of state * times). State and times are int16 where
   `wide`, else int8; sums over time wrap. */
static void tkd_svdf_s8(const int8_t *in, int8_t *out, void *state, int32_t in_count, int32_t units, int32_t rank,
                        int32_t memory, int32_t wide, int32_t in_zero_point, int32_t feature_multiplier,
                        int32_t feature_shift, int32_t state_zero_point, int32_t multiplier, int32_t shift,
                        int32_t out_zero_point, const int8_t *features, const void *times, const int32_t *bias) {
  const int32_t limit = wide ? INT16_MAX : INT8_MAX;
  for (int32_t unit = 0; unit < units; unit++) {
    uint32_t sum = (uint32_t)bias[unit];
    for (int32_t filter = unit * rank; filter < (unit + 1) * rank; filter++) {
      const int32_t start = filter * memory;
      int32_t feature = 0;
      for (int32_t i = 0; i < in_count; i++) {
        feature += features[filter * in_count + i] * (in[i] - in_zero_point);
      }
      feature = tkd_requantise(feature, feature_multiplier, feature_shift);
      feature = feature < -limit - 1 ? -limit - 1 : feature > limit ? limit : feature;
      for (int32_t i = start; i < start + memory - 1; i++) {
        tkd_set_element(state, i, wide, tkd_element(state, i + 1, wide));
      }
      tkd_set_element(state, start + memory - 1, wide, state_zero_point + feature);
      for (int32_t i = start; i < start + memory; i++) {
        const int32_t value = tkd_element(state, i, wide) - state_zero_point;
        sum += (uint32_t)tkd_element(times, i, wide) * (uint32_t)value;
      }
    }
    out[unit] = tkd_clamp(tkd_requantise((int32_t)sum, multiplier, shift) + out_zero_point, -128, 127);
  }
}

#endif
