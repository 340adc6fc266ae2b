/* Copy that needs no libc. */
#ifndef TKD_COPY_H
#define TKD_COPY_H

#include "dsp.h"
#include "mve.h"
#include "target.h"

/* The buffers do not overlap, or `out` lies before `in`. */
TKD_NO_LIBC TKD_UNUSED static void tkd_copy(int8_t *out, const int8_t *in, int32_t count) {
#if TKD_MVE
  for (; count > 0; count -= 16) {
    const mve_pred16_t bytes = vctp8q((uint32_t)count);
    vstrbq_p_s8(out, vldrbq_z_s8(in, bytes), bytes);
    out += 16;
    in += 16;
  }
#else
#if TKD_DSP
  for (; count >= 4; count -= 4) {
    tkd_store_4(out, tkd_load_4(in));
    out += 4;
    in += 4;
  }
#endif
  for (int32_t i = 0; i < count; i++) {
    out[i] = in[i];
  }
#endif
}

#endif
