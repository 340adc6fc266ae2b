/* What makes a detection of the model's outputs; each kind of app has its own. */
#ifndef DECISION_H_
#define DECISION_H_

#include <stdint.h>

#include "app.h"
#include "tinykd/status.h"

/* Forgets what was heard. Fails as tkd_detector_init does. */
tkd_status APP_FORGET(void);

/* Hears a window's outputs, int8 [APP_OUTPUTS]. Returns what is now detected, or -1. */
int32_t APP_JUDGE(const int8_t *outputs);

#endif
