/* Any numbers as a detector's, any bytes as a model's outputs; and the sums that it keeps are those of its ring. */
#include <stdlib.h>
#include <string.h>

#include "tinykd/detector.h"

typedef struct {
  uint8_t outputs, words, smooth_hops, refractory_hops;
  int32_t threshold;
} numbers;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  numbers given;
  if (size < sizeof given) return 0;
  memcpy(&given, data, sizeof given);
  const tkd_detector_config config = {given.outputs, given.words, given.smooth_hops, given.refractory_hops,
                                      given.threshold};
  const size_t bytes = TKD_DETECTOR_BYTES(config.words, config.smooth_hops);
  void *memory = malloc(bytes > 0 ? bytes : 1);
  int8_t *outputs = malloc(config.outputs > 0 ? config.outputs : 1); /* of just the size: a step outside is seen */
  if (memory == NULL || outputs == NULL) abort();
  memset(memory, 0xa5, bytes);
  tkd_detector detector;
  const tkd_status status = tkd_detector_init(&detector, &config, memory, bytes);
  const int right = config.outputs >= 2 && config.words >= 1 && config.words <= config.outputs && config.smooth_hops >= 1;
  if ((status == TKD_OK) != right) abort();
  for (size_t at = sizeof given; right && at + config.outputs <= size; at += config.outputs) {
    memcpy(outputs, data + at, config.outputs);
    if (tkd_detector_push(&detector, outputs) >= config.words) abort();
    for (uint32_t word = 0; word < config.words; ++word) {
      int32_t sum = 0;
      for (uint32_t hop = 0; hop < config.smooth_hops; ++hop) sum += detector.scores[hop * config.words + word];
      if (sum != detector.sums[word]) abort();
    }
  }
  free(outputs);
  free(memory);
  return 0;
}
