/* Copy that needs no libc. */
#ifndef TKD_COPY_H
#define TKD_COPY_H

#include "dsp.h"
#include "mve.h"
#include "target.h"

/* The buffers do not overlap. */
TKD_NO_LIBC static void tkd_copy(int8_t *restrict out, const int8_t *restrict in, int32_t count) {
  int32_t i = 0;
#if TKD_DSP
  for (; count - i >= 4; i += 4) {
    tkd_store_4(out + i, tkd_load_4(in + i));
  }
#elif TKD_MVE
  for (; count - i >= 16; i += 16) {
    vstrbq_s8(out + i, vldrbq_s8(in + i));
  }
#endif
  for (; i < count; i++) {
    out[i] = in[i];
  }
}

#endif
