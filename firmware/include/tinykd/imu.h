/* Motion front end: rows of an inertial sensor in, the int8 input of a gesture model out.
 *
 * Rows are averaged to frames, and the features of a window come from its frames alone: acceleration and turning
 * along right, up and forward, and the stroke that turning draws (tinykd/features/imu.py says how). float32 throughout;
 * on cores without a float unit the compiler's library does it, once a window. All memory is the caller's and fixed in
 * size. The config comes from tinykd (NAME_front_end.h and .c). */
#ifndef TINYKD_IMU_H_
#define TINYKD_IMU_H_

#include <stddef.h>
#include <stdint.h>

#include "tinykd/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { TKD_IMU_RAW, TKD_IMU_ALIGNED, TKD_IMU_STROKE, TKD_IMU_MOTION } tkd_imu_kind;

/* A front end's numbers, constant. */
typedef struct {
  uint8_t kind;           /* a tkd_imu_kind */
  uint8_t channels;       /* of a row: 6 (acceleration, turning), 3 (acceleration) or 2 (points of a stroke) */
  uint8_t features;       /* columns of the model's input */
  uint16_t frame_samples; /* rows that are averaged to a frame */
  uint16_t frames;        /* of a window, rows of the model's input */
  float acc_scale;        /* m/s^2 that become 1 */
  float gyro_scale;       /* rad/s that become 1 */
  float frame_seconds;
  float stroke_floor; /* added to the size of a stroke */
  float step_scale;   /* of a stroke's steps */
  float scale;        /* int8 steps a unit of the feature */
  float zero_point;
} tkd_imu_config;

/* A stream's state; its fields are private. */
typedef struct {
  const tkd_imu_config *config;
  float *frames;  /* [frames][channels], oldest first */
  float *sum;     /* [channels] of the frame being filled */
  int8_t *input;  /* [frames][features] */
  uint32_t count; /* rows in `sum` */
  uint32_t ready_in;
} tkd_imu;

/* The memory that tkd_imu_init needs, in bytes, a multiple of 4. */
#define TKD_IMU_BYTES(channels, frames, features) \
  (4 * ((size_t)(frames) + 1) * (channels) + ((size_t)(frames) * (features) + 3) / 4 * 4)

/* Start a stream.
 * memory: `bytes` aligned to 4, at least TKD_IMU_BYTES; stays in use.
 * Fails with TKD_NULL_POINTER, TKD_TOO_SMALL or TKD_MISALIGNED. */
tkd_status tkd_imu_init(tkd_imu *imu, const tkd_imu_config *config, void *memory, size_t bytes);

/* Hear a row: [channels], finite, m/s^2 and rad/s. Returns whether it completed a frame: 0 or 1. */
uint32_t tkd_imu_push(tkd_imu *imu, const float *row);

/* Returns how many more frames are wanted before a window is full; 0: ready. */
uint32_t tkd_imu_wanting(const tkd_imu *imu);

/* Computes the features of the last window. Returns the model's input, [frames][features] int8, aligned to 4;
 * valid until the next call. */
const int8_t *tkd_imu_input(tkd_imu *imu);

#ifdef __cplusplus
}
#endif

#endif /* TINYKD_IMU_H_ */
