/* Reads rows of float from standard input; after each frame from the first full window on, writes the input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "motion_front_end.h"

int main(void) {
  const tkd_imu_config *config = &tkd_motion_front_end;
  void *memory = malloc(TKD_MOTION_FRONT_END_MEMORY_BYTES);
  float *row = malloc(config->channels * sizeof *row);
  if (memory == NULL || row == NULL) return 3;
  memset(memory, 0xa5, TKD_MOTION_FRONT_END_MEMORY_BYTES);
  tkd_imu imu;
  if (tkd_imu_init(&imu, config, memory, TKD_MOTION_FRONT_END_MEMORY_BYTES) != TKD_OK) return 4;
  while (fread(row, sizeof *row, config->channels, stdin) == config->channels) {
    if (tkd_imu_push(&imu, row) == 0 || tkd_imu_wanting(&imu) > 0) continue;
    fwrite(tkd_imu_input(&imu), 1, (size_t)config->frames * config->features, stdout);
  }
  free(row);
  free(memory);
  return 0;
}
