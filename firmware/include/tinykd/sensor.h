/* Sensor front end: rows of samples in, the int8 input of an anomaly model out, streaming.
 *
 * Two kinds. Bands, for vibration: the log energies of frequency bands and the log variance of a frame, channel by
 * channel. Levels, for process values: a frame's mean and log spread, channel by channel, against the stream's own first
 * samples. float32 throughout, on cores without a float unit by the compiler's library: frames of sensors are few.
 * All memory is the caller's and fixed in size. The config comes from tinykd (NAME_front_end.h and .c). */
#ifndef TINYKD_SENSOR_H_
#define TINYKD_SENSOR_H_

#include <stddef.h>
#include <stdint.h>

#include "tinykd/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { TKD_SENSOR_BANDS, TKD_SENSOR_LEVELS } tkd_sensor_kind;

/* A front end's numbers, constant. */
typedef struct {
  uint8_t kind; /* a tkd_sensor_kind */
  uint16_t channels;
  uint16_t frame_samples; /* rows of a frame; bands: a power of two, 8 to 8192 */
  uint16_t hop_samples;   /* rows from one frame to the next */
  uint16_t frames;        /* rows of the model's input */
  uint16_t features;      /* columns of the model's input: channels * (bands + 1), or channels * 2 */
  uint16_t bands;         /* bands of each channel */
  uint16_t settle_samples; /* levels: the stream's first rows, which are the reference */
  float floor;             /* what logarithms start from */
  float clip;              /* largest step from the zero point, of standardised features at their limit */
  float zero_point;
  const float *mean;   /* [features] of training */
  const float *scale;  /* [features] int8 steps a unit of the feature */
  const float *window; /* bands: [frame_samples / 2 + 1] first half of the Hann window, halved */
  const float *sine;   /* bands: [frame_samples / 4 + 1] sin(2 pi k / frame_samples) */
  /* bands: mel triangles as in tinykd/audio.h, or null: bands of equal width, each the mean of its bins. */
  const uint16_t *first;
  const float *rise;
  const float *step;
  const uint8_t *ratio; /* levels: [channels] 1 where a value is divided by the reference's mean */
} tkd_sensor_config;

/* A stream's state; its fields are private. */
typedef struct {
  const tkd_sensor_config *config;
  float *samples;   /* [frame_samples][channels] the frame being filled */
  float *work;      /* bands: [frame_samples] */
  float *reference; /* levels: [channels][3] mean, divisor, log spread */
  int8_t *input;    /* [frames][features] */
  uint32_t settled; /* rows of the reference that were heard */
  uint32_t filled;  /* rows in `samples` */
  uint32_t skip;    /* rows to drop first, where a hop is longer than a frame */
  uint32_t ready_in;
} tkd_sensor;

/* The memory that tkd_sensor_init needs, in bytes, a multiple of 4. */
#define TKD_SENSOR_BYTES(kind, channels, frame_samples, frames, features)                                      \
  (4 * (size_t)(frame_samples) * (channels) +                                                                  \
   4 * ((kind) == TKD_SENSOR_BANDS ? (size_t)(frame_samples) : (size_t)3 * (channels)) +                       \
   ((size_t)(frames) * (features) + 3) / 4 * 4)

/* Start a stream: nothing heard, every frame of the input at the zero point.
 * memory: `bytes` aligned to 4, at least TKD_SENSOR_BYTES; stays in use.
 * Fails with TKD_NULL_POINTER, TKD_TOO_SMALL or TKD_MISALIGNED. */
tkd_status tkd_sensor_init(tkd_sensor *sensor, const tkd_sensor_config *config, void *memory, size_t bytes);

/* Hear a row: [channels], finite, in the units of training. Returns whether it completed a frame: 0 or 1. */
uint32_t tkd_sensor_push(tkd_sensor *sensor, const float *row);

/* Returns how many more frames are wanted before the input holds nothing but heard frames; 0: ready. */
uint32_t tkd_sensor_wanting(const tkd_sensor *sensor);

/* Returns the model's input, [frames][features] int8, oldest frame first, aligned to 4. */
const int8_t *tkd_sensor_input(const tkd_sensor *sensor);

#ifdef __cplusplus
}
#endif

#endif /* TINYKD_SENSOR_H_ */
