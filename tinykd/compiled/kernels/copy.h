/* Copy that needs no libc. */
#ifndef TKD_COPY_H
#define TKD_COPY_H

#include "target.h"

/* The buffers do not overlap. */
TKD_NO_LIBC static void tkd_copy(int8_t *restrict out, const int8_t *restrict in, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    out[i] = in[i];
  }
}

#endif
