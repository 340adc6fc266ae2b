/* The features of one channel of one frame; private. `samples` is the channel in the first row of a frame. */
#ifndef TINYKD_FRONTEND_SENSOR_FEATURES_H_
#define TINYKD_FRONTEND_SENSOR_FEATURES_H_

#include "tinykd/sensor.h"

/* The powers of a frame's bins from 1 on, into work [frame_samples]: bin k at work[2 * k], bin frame_samples / 2 at
 * work[1]; at work[0] the variance. */
void tkd_bands_spectrum(const tkd_sensor_config *config, const float *samples, float *work);

/* Feature k of a spectrum: a band, or, after the last, the variance; log10. */
float tkd_bands_feature(const tkd_sensor_config *config, const float *work, uint32_t k);

/* A reference that changes nothing, for all channels. */
void tkd_levels_no_reference(const tkd_sensor_config *config, float *reference);

/* Takes row `count` (from 1) of the reference; with the last one it is whole. */
void tkd_levels_settle(const tkd_sensor_config *config, const float *row, uint32_t count, float *reference);

/* Feature k of a frame against a channel's reference [3]: 0 the mean, 1 the log10 of the spread. */
float tkd_levels_feature(const tkd_sensor_config *config, const float *samples, const float *reference, uint32_t k);

#endif /* TINYKD_FRONTEND_SENSOR_FEATURES_H_ */
