/* Put before a model's file by the compiler (-include): its steps then read the timer. */
#ifndef TKD_MARK_H
#define TKD_MARK_H

#include <stdint.h>

/* Notes the time as the end of step `step`, counted from 1. */
void tkd_mark(uint32_t step);

#define TKD_MARK(step) tkd_mark(step)

#endif
