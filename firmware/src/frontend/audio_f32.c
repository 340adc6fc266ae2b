/* Band energies of a window in float32, for cores with a float unit. */
#include "tinykd/audio.h"

#if TKD_AUDIO_FLOAT

#include "real_f32.h"

/* Windows the samples into complex z [fft_size / 2] in bit-reversed order: even ones real, odd ones
 * imaginary, zeros after the last. */
static void load(const tkd_audio_config *config, const int16_t *samples, float *z) {
  const uint32_t length = config->window_samples, top = config->fft_size / 4U;
  const float *window = config->window;
  uint32_t n = 0, place = 0;
  const uint32_t pairs_end = length - 1, rising_end = length / 2 + 1 < pairs_end ? length / 2 + 1 : pairs_end;
  for (; n < rising_end; n += 2, place = tkd_fft_next(place, top)) {
    z[2 * place] = (float)samples[n] * window[n];
    z[2 * place + 1] = (float)samples[n + 1] * window[n + 1];
  }
  for (; n < pairs_end; n += 2, place = tkd_fft_next(place, top)) {
    z[2 * place] = (float)samples[n] * window[length - n];
    z[2 * place + 1] = (float)samples[n + 1] * window[length - n - 1];
  }
  for (; n < config->fft_size; n += 2, place = tkd_fft_next(place, top)) {
    z[2 * place] = n < length ? (float)samples[n] * window[length - n] : 0.0f;
    z[2 * place + 1] = 0.0f;
  }
}

void tkd_audio_energies(const tkd_audio_config *config, const int16_t *samples, tkd_real *work,
                        tkd_log *log_energies) {
  load(config, samples, work);
  tkd_fft_power_f32(work, config->fft_size, config->sine);
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
      tkd_log level = tkd_log2_f32(energy > 1.2e-38f ? energy : 1.2e-38f);
      if (config->gain != NULL) level += config->gain[segment - 1];
      log_energies[segment - 1] = level > config->floor ? level : config->floor;
    }
    rising = rise;
  }
}

void tkd_audio_bend(const int16_t *samples, size_t count, tkd_log *bent) {
  for (size_t n = 0; n < count; ++n) {
    const float sample = (float)samples[n];
    const float level = tkd_log2_f32(128.0f + (sample < 0.0f ? -sample : sample)) - 7.0f;
    bent[n] = sample < 0.0f ? -level : level;
  }
}

#endif /* TKD_AUDIO_FLOAT */
