/* Reads int8 outputs hop by hop from standard input and writes what the detector says, int32 each.
 * Arguments: outputs, words, smooth_hops, refractory_hops, threshold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tinykd/detector.h"

int main(int count, char **arguments) {
  if (count != 6) return 2;
  const tkd_detector_config config = {
      (uint16_t)strtoul(arguments[1], NULL, 10), (uint16_t)strtoul(arguments[2], NULL, 10),
      (uint16_t)strtoul(arguments[3], NULL, 10), (uint16_t)strtoul(arguments[4], NULL, 10),
      (int32_t)strtol(arguments[5], NULL, 10)};
  const size_t bytes = TKD_DETECTOR_BYTES(config.words, config.smooth_hops);
  void *memory = malloc(bytes);
  int8_t *outputs = malloc(config.outputs);
  if (memory == NULL || outputs == NULL) return 3;
  memset(memory, 0xa5, bytes);
  tkd_detector detector;
  const tkd_status status = tkd_detector_init(&detector, &config, memory, bytes);
  if (status != TKD_OK) fprintf(stderr, "%s\n", tkd_status_text(status));
  while (status == TKD_OK && fread(outputs, 1, config.outputs, stdin) == config.outputs) {
    const int32_t found = tkd_detector_push(&detector, outputs);
    fwrite(&found, sizeof found, 1, stdout);
  }
  free(outputs);
  free(memory);
  return status == TKD_OK ? 0 : 4;
}
