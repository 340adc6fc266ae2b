/* Any function of one int8, as a table. */
#ifndef TKD_TABLE_H
#define TKD_TABLE_H

#include "target.h"

/* out[i] = table[in[i] + 128]. `out` is `in` or does not overlap it. */
static void tkd_table_s8(const int8_t *in, int8_t *out, int32_t count, const int8_t *table) {
  for (int32_t i = 0; i < count; i++) {
    out[i] = table[in[i] + 128];
  }
}

#endif
