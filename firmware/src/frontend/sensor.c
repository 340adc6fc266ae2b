/* Streaming of sensors: frames out of rows, their features, and the rolling input. */
#include "tinykd/sensor.h"

#include <string.h>

#include "real_f32.h"
#include "sensor_features.h"

tkd_status tkd_sensor_init(tkd_sensor *sensor, const tkd_sensor_config *config, void *memory, size_t bytes) {
  if (sensor == NULL || config == NULL || memory == NULL) return TKD_NULL_POINTER;
  const size_t needed = TKD_SENSOR_BYTES(config->kind, config->channels, config->frame_samples, config->frames,
                                         config->features);
  if (bytes < needed) return TKD_TOO_SMALL;
  if ((uintptr_t)memory % 4 != 0) return TKD_MISALIGNED;
  const int bands = config->kind == TKD_SENSOR_BANDS;
  memset(memory, 0, needed);
  sensor->config = config;
  sensor->samples = memory;
  float *next = sensor->samples + (size_t)config->frame_samples * config->channels;
  sensor->work = bands ? next : NULL;
  sensor->reference = bands ? NULL : next;
  next += bands ? config->frame_samples : (size_t)3 * config->channels;
  sensor->input = (int8_t *)next;
  memset(sensor->input, (int8_t)config->zero_point, (size_t)config->frames * config->features);
  sensor->settled = 0;
  sensor->filled = 0;
  sensor->skip = 0;
  sensor->ready_in = config->frames;
  if (!bands && config->settle_samples == 0) tkd_levels_no_reference(config, sensor->reference);
  return TKD_OK;
}

/* Standardises a feature and rounds it to the model's int8. */
static int8_t quantised(float feature, float mean, float scale, const tkd_sensor_config *config) {
  float steps = (feature - mean) * scale;
  if (!(steps > -config->clip)) steps = -config->clip;
  if (steps > config->clip) steps = config->clip;
  steps += config->zero_point;
  if (steps <= -128.0f) return -128;
  if (steps >= 127.0f) return 127;
  return (int8_t)((int32_t)(steps + 128.5f) - 128);
}

static void finish_frame(tkd_sensor *sensor) {
  const tkd_sensor_config *config = sensor->config;
  const uint32_t of_channel = config->features / config->channels;
  const size_t last = (size_t)(config->frames - 1U) * config->features;
  memmove(sensor->input, sensor->input + config->features, last);
  for (uint32_t channel = 0; channel < config->channels; ++channel) {
    for (uint32_t k = 0; k < of_channel; ++k) {
      float feature;
      if (config->kind == TKD_SENSOR_BANDS) {
        if (k == 0) tkd_bands_spectrum(config, sensor->samples + channel, sensor->work);
        feature = tkd_bands_feature(config, sensor->work, k);
      } else {
        feature = tkd_levels_feature(config, sensor->samples + channel, sensor->reference + 3 * channel, k);
      }
      const uint32_t at = channel * of_channel + k;
      sensor->input[last + at] = quantised(feature, config->mean[at], config->scale[at], config);
    }
  }
  if (sensor->ready_in > 0) --sensor->ready_in;
}

uint32_t tkd_sensor_push(tkd_sensor *sensor, const float *row) {
  const tkd_sensor_config *config = sensor->config;
  const uint32_t channels = config->channels;
  if (config->kind == TKD_SENSOR_LEVELS && sensor->settled < config->settle_samples) {
    tkd_levels_settle(config, row, ++sensor->settled, sensor->reference);
    return 0;
  }
  if (sensor->skip > 0) {
    --sensor->skip;
    return 0;
  }
  memcpy(sensor->samples + (size_t)sensor->filled * channels, row, channels * sizeof *row);
  if (++sensor->filled < config->frame_samples) return 0;
  finish_frame(sensor);
  if (config->hop_samples < config->frame_samples) {
    sensor->filled = (uint32_t)config->frame_samples - config->hop_samples;
    memmove(sensor->samples, sensor->samples + (size_t)config->hop_samples * channels,
            (size_t)sensor->filled * channels * sizeof *row);
  } else {
    sensor->filled = 0;
    sensor->skip = (uint32_t)config->hop_samples - config->frame_samples;
  }
  return 1;
}

uint32_t tkd_sensor_wanting(const tkd_sensor *sensor) { return sensor->ready_in; }

const int8_t *tkd_sensor_input(const tkd_sensor *sensor) { return sensor->input; }
