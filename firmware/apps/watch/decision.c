/* An alarm: told when a window above the threshold follows one that is not. */
#include "decision.h"

static int alarmed;

tkd_status APP_FORGET(void) {
  alarmed = 0;
  return TKD_OK;
}

/* Apart, since for a threshold of 127 the comparison would be one that a compiler warns of. */
static int exceeds(int32_t score, int32_t threshold) { return score > threshold; }

int32_t APP_JUDGE(const int8_t *outputs) {
  const int above = exceeds(outputs[0], APP_THRESHOLD_INT8);
  const int begins = above && !alarmed;
  alarmed = above;
  return begins ? 0 : -1;
}
