/* Fill that needs no libc. */
#ifndef TKD_FILL_H
#define TKD_FILL_H

#include "mve.h"
#include "target.h"

TKD_NO_LIBC TKD_UNUSED static void tkd_fill(int8_t *out, int32_t value, int32_t count) {
#if TKD_MVE
  for (; count > 0; count -= 16) {
    vstrbq_p_s8(out, vdupq_n_s8((int8_t)value), vctp8q((uint32_t)count));
    out += 16;
  }
#else
  for (int32_t i = 0; i < count; i++) {
    out[i] = (int8_t)value;
  }
#endif
}

#endif
