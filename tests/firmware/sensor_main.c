/* Reads rows of float from standard input; after each frame from the first full input on, writes the input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine_front_end.h"

int main(void) {
  const tkd_sensor_config *config = &tkd_machine_front_end;
  void *memory = malloc(TKD_MACHINE_FRONT_END_MEMORY_BYTES);
  float *row = malloc(config->channels * sizeof *row);
  if (memory == NULL || row == NULL) return 3;
  memset(memory, 0xa5, TKD_MACHINE_FRONT_END_MEMORY_BYTES);
  tkd_sensor sensor;
  if (tkd_sensor_init(&sensor, config, memory, TKD_MACHINE_FRONT_END_MEMORY_BYTES) != TKD_OK) return 4;
  while (fread(row, sizeof *row, config->channels, stdin) == config->channels) {
    if (tkd_sensor_push(&sensor, row) == 0 || tkd_sensor_wanting(&sensor) > 0) continue;
    fwrite(tkd_sensor_input(&sensor), 1, (size_t)config->frames * config->features, stdout);
  }
  free(row);
  free(memory);
  return 0;
}
