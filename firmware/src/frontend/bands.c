/* Vibration: log energies of bands, and the log variance. */
#include "real_f32.h"
#include "sensor_features.h"

void tkd_bands_spectrum(const tkd_sensor_config *config, const float *samples, float *work) {
  const uint32_t size = config->frame_samples, channels = config->channels;
  float mean = 0.0f, variance = 0.0f;
  /* Against the first sample, so that a large constant part leaves the small rest its digits. */
  for (uint32_t n = 0; n < size; ++n) mean += samples[n * channels] - samples[0];
  mean /= (float)size;
  uint32_t place = 0;
  for (uint32_t n = 0; n < size; n += 2, place = tkd_fft_next(place, size / 4)) {
    for (uint32_t part = 0; part < 2; ++part) {
      const uint32_t at = n + part;
      const float value = samples[at * channels] - samples[0] - mean;
      variance += value * value;
      work[2 * place + part] = value * config->window[at <= size / 2 ? at : size - at];
    }
  }
  tkd_fft_power_f32(work, size, config->sine);
  work[0] = variance / (float)size;
}

static float log10_of(float number) { return 0.301029996f * tkd_log2_f32(number); }

/* The sum of the powers from bin `first` to the one before `end`. */
static float sum_of(const float *work, uint32_t first, uint32_t end, uint32_t last_bin) {
  float sum = 0.0f;
  for (uint32_t bin = first; bin < end; ++bin) sum += bin == last_bin ? work[1] : work[2 * bin];
  return sum;
}

float tkd_bands_feature(const tkd_sensor_config *config, const float *work, uint32_t k) {
  if (k == config->bands) return log10_of(work[0] + config->floor);
  const uint32_t half = config->frame_samples / 2U;
  float energy = 0.0f;
  if (config->first == NULL) {
    const uint32_t width = half / config->bands;
    energy = sum_of(work, 1 + k * width, 1 + (k + 1) * width, half) / (float)width;
  } else {
    for (uint32_t segment = k; segment <= k + 1; ++segment) {
      float weight = config->rise[segment];
      for (uint32_t bin = config->first[segment]; bin < config->first[segment + 1]; ++bin) {
        /* Bin 0 has no power left: the mean is off. */
        if (bin > 0) energy += work[2 * bin] * (segment == k ? weight : 1.0f - weight);
        weight += config->step[segment];
      }
    }
  }
  return log10_of(energy / (float)config->frame_samples + config->floor);
}
