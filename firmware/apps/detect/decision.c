/* Words or gestures, by their smoothed log odds. */
#include "decision.h"

#include "tinykd/detector.h"

static uint32_t memory[(TKD_DETECTOR_BYTES(APP_WORDS, APP_SMOOTH_HOPS) + 3) / 4];
static tkd_detector detector;

static const tkd_detector_config config = {APP_OUTPUTS, APP_WORDS, APP_SMOOTH_HOPS, APP_REFRACTORY_HOPS,
                                           APP_THRESHOLD};

tkd_status APP_FORGET(void) { return tkd_detector_init(&detector, &config, memory, sizeof memory); }

int32_t APP_JUDGE(const int8_t *outputs) { return tkd_detector_push(&detector, outputs); }
