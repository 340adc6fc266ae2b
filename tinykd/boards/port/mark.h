/* Put before a compiled model by the compiler (-include): its steps then read the timer. */
#ifndef TKD_MARK_H
#define TKD_MARK_H

#include <stdint.h>

/* Notes the time as the beginning of step `step`, counted from 0; the end of the last one is a step too. */
void tkd_mark(uint32_t step);

#define TKD_STEP(step, operator_name) tkd_mark(step)

#endif
