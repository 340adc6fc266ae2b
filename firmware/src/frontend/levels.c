/* Process values: mean and log spread of a frame against the stream's first rows. */
#include "real_f32.h"
#include "sensor_features.h"

#define SMALLEST 1e-6f /* a reference below this is no divisor */

static float log10_of(float number) { return 0.301029996f * tkd_log2_f32(number); }

static float size_of(float number) { return number < 0.0f ? -number : number; }

void tkd_levels_no_reference(const tkd_sensor_config *config, float *reference) {
  for (uint32_t channel = 0; channel < config->channels; ++channel) {
    reference[3 * channel] = 0.0f;
    reference[3 * channel + 1] = 1.0f;
    reference[3 * channel + 2] = 0.0f;
  }
}

/* Until the last row, a channel's reference holds mean, 0 and the sum of squares about the mean.
 * Source: Welford 1962, "Note on a method for calculating corrected sums of squares and products". */
void tkd_levels_settle(const tkd_sensor_config *config, const float *row, uint32_t count, float *reference) {
  for (uint32_t channel = 0; channel < config->channels; ++channel) {
    float *own = reference + 3 * channel;
    const float before = row[channel] - own[0];
    own[0] += before / (float)count;
    own[2] += before * (row[channel] - own[0]);
    if (count < config->settle_samples) continue;
    own[1] = 1.0f;
    if (config->ratio[channel]) own[1] = size_of(own[0]) > SMALLEST ? size_of(own[0]) : SMALLEST;
    own[2] = log10_of(tkd_sqrt_f32(own[2] / (float)count) / own[1] + config->floor);
  }
}

float tkd_levels_feature(const tkd_sensor_config *config, const float *samples, const float *reference, uint32_t k) {
  const uint32_t rows = config->frame_samples, channels = config->channels;
  float mean = 0.0f, squares = 0.0f;
  for (uint32_t n = 0; n < rows; ++n) mean += (samples[n * channels] - reference[0]) / reference[1];
  mean /= (float)rows;
  if (k == 0) return mean;
  for (uint32_t n = 0; n < rows; ++n) {
    const float value = (samples[n * channels] - reference[0]) / reference[1] - mean;
    squares += value * value;
  }
  return log10_of(tkd_sqrt_f32(squares / (float)rows) + config->floor) - reference[2];
}
