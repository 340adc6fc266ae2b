#include "tinykd/detector.h"

#define LEAST_SCORE (-255)

tkd_status tkd_detector_init(tkd_detector *detector, const tkd_detector_config *config, void *memory,
                             size_t bytes) {
  if (detector == NULL || config == NULL || memory == NULL) return TKD_NULL_POINTER;
  if (config->outputs < 2 || config->words < 1 || config->words > config->outputs || config->smooth_hops < 1) {
    return TKD_OUT_OF_RANGE;
  }
  if (bytes < TKD_DETECTOR_BYTES(config->words, config->smooth_hops)) return TKD_TOO_SMALL;
  if ((uintptr_t)memory % 4 != 0) return TKD_MISALIGNED;
  detector->config = config;
  detector->sums = memory;
  detector->scores = (int16_t *)(void *)(detector->sums + config->words);
  detector->oldest = 0;
  detector->countdown = 0;
  for (uint32_t word = 0; word < config->words; ++word) detector->sums[word] = LEAST_SCORE * config->smooth_hops;
  for (uint32_t i = 0; i < (uint32_t)config->words * config->smooth_hops; ++i) detector->scores[i] = LEAST_SCORE;
  return TKD_OK;
}

int32_t tkd_detector_push(tkd_detector *detector, const int8_t *outputs) {
  const tkd_detector_config *config = detector->config;
  uint32_t first = 0;
  for (uint32_t i = 1; i < config->outputs; ++i) {
    if (outputs[i] > outputs[first]) first = i;
  }
  int32_t second = INT8_MIN; /* the largest of the others */
  for (uint32_t i = 0; i < config->outputs; ++i) {
    if (i != first && outputs[i] > second) second = outputs[i];
  }
  int16_t *scores = detector->scores + (uint32_t)detector->oldest * config->words;
  uint32_t best = 0;
  for (uint32_t word = 0; word < config->words; ++word) {
    const int32_t score = outputs[word] - (word == first ? second : outputs[first]);
    detector->sums[word] += score - scores[word];
    scores[word] = (int16_t)score;
    if (detector->sums[word] > detector->sums[best]) best = word;
  }
  detector->oldest = (uint16_t)(detector->oldest + 1 == config->smooth_hops ? 0 : detector->oldest + 1);
  if (detector->countdown > 0) {
    --detector->countdown;
    return -1;
  }
  if (detector->sums[best] < config->threshold) return -1;
  detector->countdown = config->refractory_hops;
  return (int32_t)best;
}
