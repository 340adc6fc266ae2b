/* From a model's outputs, hop by hop, to words: the log odds of each word, summed over some hops, against a
 * threshold, with a time of silence after each detection. Integers only.
 *
 * A hop's score of a class is its output minus the largest other output (-255 to 255): as all outputs have one
 * scale and zero point, that is the log odds in steps of the scale. tinykd/detection does the same in Python. */
#ifndef TINYKD_DETECTOR_H_
#define TINYKD_DETECTOR_H_

#include <stddef.h>
#include <stdint.h>

#include "tinykd/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A detector's numbers, constant. */
typedef struct {
  uint16_t outputs;         /* of the model, 2 to 65535 */
  uint16_t words;           /* the first so many outputs are words to detect, 1 to `outputs` */
  uint16_t smooth_hops;     /* scores in a sum, at least 1 */
  uint16_t refractory_hops; /* hops after a detection in which there is no other */
  int32_t threshold;        /* least sum that is a detection */
} tkd_detector_config;

/* A stream's state; its fields are private. */
typedef struct {
  const tkd_detector_config *config;
  int32_t *sums;      /* [words] */
  int16_t *scores;    /* [smooth_hops * words], a ring of hops */
  uint16_t oldest;    /* hop of the ring to be replaced next */
  uint16_t countdown; /* hops until a detection is possible */
} tkd_detector;

/* The memory that tkd_detector_init needs, in bytes, a multiple of 4. */
#define TKD_DETECTOR_BYTES(words, smooth_hops) \
  (4 * (size_t)(words) + ((size_t)(words) * (smooth_hops) + 1) / 2 * 4)

/* Start a stream: every score from before it counts as -255.
 * memory: `bytes` aligned to 4, at least TKD_DETECTOR_BYTES; stays in use.
 * Fails with TKD_NULL_POINTER, TKD_OUT_OF_RANGE (of the config), TKD_TOO_SMALL or TKD_MISALIGNED. */
tkd_status tkd_detector_init(tkd_detector *detector, const tkd_detector_config *config, void *memory,
                             size_t bytes);

/* Hear a hop's outputs, int8 [config->outputs].
 * Returns the output that is now detected, 0 to words - 1 (of equal sums the first), or -1. */
int32_t tkd_detector_push(tkd_detector *detector, const int8_t *outputs);

#ifdef __cplusplus
}
#endif

#endif /* TINYKD_DETECTOR_H_ */
