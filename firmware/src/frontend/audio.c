/* Streaming: windows out of hops, the rolling input, normalising and rounding to int8. */
#include "tinykd/audio.h"

#include <string.h>

/* Moves memory to a lower address; a small C library's memmove goes byte by byte. */
static void move_down(void *to, const void *from, size_t bytes) {
  uint8_t *target = to;
  const uint8_t *source = from;
  size_t at = 0;
  for (; at + 16 <= bytes; at += 16) {
    uint32_t words[4];
    memcpy(words, source + at, 16);
    memcpy(target + at, words, 16);
  }
  for (; at < bytes; ++at) target[at] = source[at];
}

static size_t up_to_words(size_t bytes) { return (bytes + 3) / 4 * 4; }

static size_t input_bytes(const tkd_audio_config *config) {
  return (size_t)config->frames * config->coefficients;
}

static size_t feature_bytes(const tkd_audio_config *config) {
  return config->normalise == TKD_NORMALISE_NONE ? 0 : input_bytes(config) * sizeof(tkd_log);
}

static size_t work_bytes(const tkd_audio_config *config) {
  return ((size_t)config->fft_size + config->bands) * sizeof(tkd_real);
}

size_t tkd_audio_bytes(const tkd_audio_config *config) {
  return TKD_AUDIO_BYTES(config->fft_size, config->bands, config->frames, config->coefficients,
                         config->window_samples, config->normalise != TKD_NORMALISE_NONE);
}

static int8_t quantised(tkd_log feature, const tkd_quantiser *quantiser) {
#if TKD_AUDIO_FLOAT
  const float steps = feature * quantiser->scale + quantiser->offset;
  if (steps <= -128.0f) return -128;
  if (steps >= 127.0f) return 127;
  return (int8_t)((int32_t)(steps + 128.5f) - 128);
#else
  const int64_t steps = ((int64_t)feature * quantiser->scale + quantiser->offset) >> quantiser->shift;
  return (int8_t)(steps < -128 ? -128 : steps > 127 ? 127 : steps);
#endif
}

/* Turns log energies [bands] into a frame's features [coefficients]. */
static void make_features(const tkd_audio_config *config, const tkd_log *logs, tkd_log *frame) {
  if (config->dct == NULL) {
    memcpy(frame, logs, config->bands * sizeof(tkd_log));
    return;
  }
  const tkd_real *weights = config->dct;
  for (uint32_t k = 0; k < config->coefficients; ++k) {
#if TKD_AUDIO_FLOAT
    float sum = 0.0f;
    for (uint32_t n = 0; n < config->bands; ++n) sum += logs[n] * *weights++;
    frame[k] = sum;
#else
    int64_t sum = 1 << 30;
    for (uint32_t n = 0; n < config->bands; ++n) sum += (int64_t)logs[n] * *weights++;
    frame[k] = (int32_t)(sum >> 31);
#endif
  }
}

/* Appends a frame, computed from log energies, to the input. */
static void append(tkd_audio *audio, const tkd_log *logs) {
  const tkd_audio_config *config = audio->config;
  const size_t last = input_bytes(config) - config->coefficients;
  if (audio->features != NULL) {
    move_down(audio->features, audio->features + config->coefficients, last * sizeof(tkd_log));
    make_features(config, logs, audio->features + last);
    return;
  }
  const tkd_log *frame = logs;
  if (config->dct != NULL) { /* the transform's own memory is free by now */
    make_features(config, logs, (tkd_log *)audio->work);
    frame = (const tkd_log *)audio->work;
  }
  move_down(audio->input, audio->input + config->coefficients, last);
  for (uint32_t k = 0; k < config->coefficients; ++k) {
    audio->input[last + k] = quantised(frame[k], &config->quantiser);
  }
}

static void finish_window(tkd_audio *audio) {
  const tkd_audio_config *config = audio->config;
  tkd_log *logs = (tkd_log *)(audio->work + config->fft_size);
  if (config->fft_size == 0) {
    tkd_audio_bend(audio->samples, config->window_samples, logs);
  } else {
    tkd_audio_energies(config, audio->samples, audio->work, logs);
  }
  append(audio, logs);
  if (audio->ready_in > 0) --audio->ready_in;
  if (config->hop_samples < config->window_samples) {
    audio->filled = (uint32_t)config->window_samples - config->hop_samples;
    move_down(audio->samples, audio->samples + config->hop_samples, audio->filled * sizeof(int16_t));
  } else {
    audio->filled = 0;
    audio->skip = (uint32_t)config->hop_samples - config->window_samples;
  }
}

tkd_status tkd_audio_init(tkd_audio *audio, const tkd_audio_config *config, void *memory, size_t bytes) {
  if (audio == NULL || config == NULL || memory == NULL) return TKD_NULL_POINTER;
  if (bytes < tkd_audio_bytes(config)) return TKD_TOO_SMALL;
  if ((uintptr_t)memory % 4 != 0) return TKD_MISALIGNED;
  uint8_t *place = memory;
  audio->config = config;
  audio->work = (tkd_real *)(void *)place;
  place += work_bytes(config);
  audio->features = feature_bytes(config) > 0 ? (tkd_log *)(void *)place : NULL;
  place += feature_bytes(config);
  audio->input = (int8_t *)place;
  place += up_to_words(input_bytes(config));
  audio->samples = (int16_t *)(void *)place;
  audio->filled = 0;
  audio->skip = 0;
  tkd_log *logs = (tkd_log *)(audio->work + config->fft_size);
  for (uint32_t band = 0; band < config->bands; ++band) logs[band] = config->floor;
  for (uint32_t frame = 0; frame < config->frames; ++frame) append(audio, logs);
  audio->ready_in = config->frames;
  return TKD_OK;
}

size_t tkd_audio_push(tkd_audio *audio, const int16_t *pcm, size_t count) {
  size_t frames = 0;
  while (count > 0) {
    if (audio->skip > 0) {
      const size_t dropped = count < audio->skip ? count : audio->skip;
      audio->skip -= (uint32_t)dropped;
      pcm += dropped;
      count -= dropped;
      continue;
    }
    const size_t space = (size_t)audio->config->window_samples - audio->filled;
    const size_t taken = count < space ? count : space;
    move_down(audio->samples + audio->filled, pcm, taken * sizeof(int16_t));
    audio->filled += (uint32_t)taken;
    pcm += taken;
    count -= taken;
    if (audio->filled == audio->config->window_samples) {
      finish_window(audio);
      ++frames;
    }
  }
  return frames;
}

uint32_t tkd_audio_wanting(const tkd_audio *audio) { return audio->ready_in; }

/* Returns the mean of `count` features that lie `stride` apart. */
static tkd_log mean_of(const tkd_log *features, size_t count, size_t stride) {
#if TKD_AUDIO_FLOAT
  float sum = 0.0f;
  for (size_t i = 0; i < count; ++i) sum += features[i * stride];
  return sum / (float)count;
#else
  int64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += features[i * stride];
  return (int32_t)(sum / (int64_t)count);
#endif
}

const int8_t *tkd_audio_input(tkd_audio *audio) {
  const tkd_audio_config *config = audio->config;
  if (audio->features == NULL) return audio->input;
  const size_t values = input_bytes(config);
  const size_t columns = config->coefficients;
  tkd_log mean = mean_of(audio->features, values, 1);
  for (size_t k = 0; k < columns; ++k) {
    if (config->normalise == TKD_NORMALISE_BAND) {
      mean = mean_of(audio->features + k, config->frames, columns);
    }
    for (size_t at = k; at < values; at += columns) {
      audio->input[at] = quantised(audio->features[at] - mean, &config->quantiser);
    }
  }
  return audio->input;
}
