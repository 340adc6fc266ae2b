/* Motion: averaged frames, gravity taken as up, and the stroke that turning draws. */
#include "tinykd/imu.h"

#include <string.h>

#include "real_f32.h"

enum { RIGHT, UP, FORWARD };

#define STEEP 0.95f          /* of up along the sensor's z axis: beyond it the x axis says what is forward */
#define LEAST_GRAVITY 1e-3f /* m/s^2; below it nothing says what is up */

tkd_status tkd_imu_init(tkd_imu *imu, const tkd_imu_config *config, void *memory, size_t bytes) {
  if (imu == NULL || config == NULL || memory == NULL) return TKD_NULL_POINTER;
  if (bytes < TKD_IMU_BYTES(config->channels, config->frames, config->features)) return TKD_TOO_SMALL;
  if ((uintptr_t)memory % 4 != 0) return TKD_MISALIGNED;
  memset(memory, 0, TKD_IMU_BYTES(config->channels, config->frames, config->features));
  imu->config = config;
  imu->frames = memory;
  imu->sum = imu->frames + (size_t)config->frames * config->channels;
  imu->input = (int8_t *)(imu->sum + config->channels);
  imu->count = 0;
  imu->ready_in = config->frames;
  return TKD_OK;
}

uint32_t tkd_imu_push(tkd_imu *imu, const float *row) {
  const tkd_imu_config *config = imu->config;
  const size_t channels = config->channels;
  for (size_t i = 0; i < channels; ++i) imu->sum[i] += row[i];
  if (++imu->count < config->frame_samples) return 0;
  const size_t kept = (size_t)(config->frames - 1U) * channels;
  memmove(imu->frames, imu->frames + channels, kept * sizeof *row);
  for (size_t i = 0; i < channels; ++i) {
    imu->frames[kept + i] = imu->sum[i] / (float)config->frame_samples;
    imu->sum[i] = 0.0f;
  }
  imu->count = 0;
  if (imu->ready_in > 0) --imu->ready_in;
  return 1;
}

uint32_t tkd_imu_wanting(const tkd_imu *imu) { return imu->ready_in; }

static float dot(const float *a, const float *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

/* The directions of a window in the sensor's axes; returns gravity's length. */
static float directions(const tkd_imu *imu, float turn[3][3]) {
  const uint32_t frames = imu->config->frames, channels = imu->config->channels;
  float *right = turn[RIGHT], *up = turn[UP], *forward = turn[FORWARD];
  float mean[3] = {0.0f, 0.0f, 0.0f};
  for (uint32_t frame = 0; frame < frames; ++frame) {
    for (uint32_t i = 0; i < 3; ++i) mean[i] += imu->frames[frame * channels + i];
  }
  for (uint32_t i = 0; i < 3; ++i) mean[i] /= (float)frames;
  const float length = tkd_sqrt_f32(dot(mean, mean));
  for (uint32_t i = 0; i < 3; ++i) up[i] = length > LEAST_GRAVITY ? mean[i] / length : i == 1 ? 1.0f : 0.0f;
  const uint32_t axis = up[2] > STEEP || up[2] < -STEEP ? 0 : 2;
  for (uint32_t i = 0; i < 3; ++i) forward[i] = (i == axis ? 1.0f : 0.0f) - up[i] * up[axis];
  const float size = tkd_sqrt_f32(dot(forward, forward));
  for (uint32_t i = 0; i < 3; ++i) forward[i] /= size;
  right[0] = up[1] * forward[2] - up[2] * forward[1];
  right[1] = up[2] * forward[0] - up[0] * forward[2];
  right[2] = up[0] * forward[1] - up[1] * forward[0];
  return length;
}

static int8_t quantised(float feature, const tkd_imu_config *config) {
  const float steps = feature * config->scale + config->zero_point;
  if (!(steps > -128.0f)) return -128;
  if (steps >= 127.0f) return 127;
  return (int8_t)((int32_t)(steps + 128.5f) - 128);
}

/* A point of the path that turning draws: how fast it goes in a frame, or where it is, for points. */
static void rate_of(const tkd_imu *imu, float turn[3][3], uint32_t frame, float rate[2]) {
  const float *own = imu->frames + (size_t)frame * imu->config->channels;
  rate[0] = imu->config->channels == 2 ? own[0] : dot(turn[UP], own + 3);
  rate[1] = imu->config->channels == 2 ? own[1] : dot(turn[RIGHT], own + 3);
}

/* The stroke from frame to frame: moves `at` to a frame's place on the path. */
typedef struct {
  float drift[2]; /* mean rate, which is taken off */
  float at[2];
} path;

static void follow(const tkd_imu *imu, float turn[3][3], uint32_t frame, path *pen) {
  float rate[2];
  rate_of(imu, turn, frame, rate);
  for (uint32_t i = 0; i < 2; ++i) {
    if (imu->config->channels == 2) {
      pen->at[i] = rate[i];
    } else {
      pen->at[i] += (rate[i] - pen->drift[i]) * imu->config->frame_seconds;
    }
  }
}

/* Writes the four features of a stroke, from `column` on. */
static void draw(tkd_imu *imu, float turn[3][3], uint32_t column) {
  const tkd_imu_config *config = imu->config;
  const uint32_t frames = config->frames;
  const float count = (float)frames;
  float drift[2] = {0.0f, 0.0f}, middle[2] = {0.0f, 0.0f}, squares = 0.0f;
  for (uint32_t frame = 0; frame < frames; ++frame) {
    float rate[2];
    rate_of(imu, turn, frame, rate);
    for (uint32_t i = 0; i < 2; ++i) drift[i] += rate[i] / count;
  }
  path pen = {{drift[0], drift[1]}, {0.0f, 0.0f}};
  for (uint32_t frame = 0; frame < frames; ++frame) {
    follow(imu, turn, frame, &pen);
    for (uint32_t i = 0; i < 2; ++i) middle[i] += pen.at[i] / count;
  }
  pen.at[0] = pen.at[1] = 0.0f;
  for (uint32_t frame = 0; frame < frames; ++frame) {
    follow(imu, turn, frame, &pen);
    for (uint32_t i = 0; i < 2; ++i) squares += (pen.at[i] - middle[i]) * (pen.at[i] - middle[i]);
  }
  const float size = tkd_sqrt_f32(squares / count) + config->stroke_floor;
  pen.at[0] = pen.at[1] = 0.0f;
  float before[2] = {0.0f, 0.0f};
  for (uint32_t frame = 0; frame < frames; ++frame) {
    int8_t *out = imu->input + (size_t)frame * config->features + column;
    follow(imu, turn, frame, &pen);
    for (uint32_t i = 0; i < 2; ++i) {
      const float place = (pen.at[i] - middle[i]) / size;
      out[i] = quantised(place, config);
      out[i + 2] = quantised(frame == 0 ? 0.0f : (place - before[i]) * config->step_scale, config);
      before[i] = place;
    }
  }
}

const int8_t *tkd_imu_input(tkd_imu *imu) {
  const tkd_imu_config *config = imu->config;
  float turn[3][3] = {{1.0f, 0.0f, 0.0f}, {0.0f, 1.0f, 0.0f}, {0.0f, 0.0f, 1.0f}};
  float gravity = 0.0f;
  if (config->channels > 2 && config->kind != TKD_IMU_RAW) gravity = directions(imu, turn);
  if (config->kind == TKD_IMU_STROKE) {
    draw(imu, turn, 0);
    return imu->input;
  }
  for (uint32_t frame = 0; frame < config->frames; ++frame) {
    const float *own = imu->frames + (size_t)frame * config->channels;
    int8_t *out = imu->input + (size_t)frame * config->features;
    for (uint32_t i = 0; i < config->channels; ++i) {
      float value = own[i];
      if (config->channels > 2) {
        value = config->kind == TKD_IMU_RAW ? value : dot(turn[i % 3], own + i / 3 * 3);
        if (i == UP) value -= gravity;
        value /= i < 3 ? config->acc_scale : config->gyro_scale;
      }
      out[i] = quantised(value, config);
    }
  }
  if (config->kind == TKD_IMU_MOTION) draw(imu, turn, config->channels);
  return imu->input;
}
