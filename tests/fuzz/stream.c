/* Any bytes as samples, cut at any place, through front end, model and decision of one task. */
#include <stdlib.h>
#include <string.h>

#include "app.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (APP_SELF_TEST() != 0 || APP_START() != TKD_OK) abort();
  const size_t unit = APP_WIDTH * sizeof(APP_SAMPLE);
  for (size_t at = 0; at < size;) {
    const size_t next = 1 + data[at++] * (size_t)8;
    const size_t units = (size - at) / unit < next ? (size - at) / unit : next;
    APP_SAMPLE *samples = malloc(units > 0 ? units * unit : 1); /* of just the size: a step outside is seen */
    if (samples == NULL) abort();
    if (units > 0) memcpy(samples, data + at, units * unit);
    if (APP_PUSH(samples, units) >= APP_OUTPUTS) abort();
    free(samples);
    at += units > 0 ? units * unit : size - at;
  }
  return 0;
}
