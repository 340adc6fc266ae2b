/* Fill that needs no libc. */
#ifndef TKD_FILL_H
#define TKD_FILL_H

#include "target.h"

TKD_NO_LIBC static void tkd_fill(int8_t *out, int32_t value, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    out[i] = (int8_t)value;
  }
}

#endif
