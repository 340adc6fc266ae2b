/* The system counter of an SSE-300 (MPS3 AN547): 64 bits, counts up. Source: Arm 101773, section "Timestamp-based
timers"; the control frame starts it, the read frame gives its value. */
#include "tkd_port.h"

#ifndef TKD_TIMER
#error "say where the counter's control frame is: -DTKD_TIMER=0x58100000u"
#endif
#define CONTROL (*(volatile uint32_t *)(TKD_TIMER + 0x0u))
#define VALUE_LOW (*(volatile uint32_t *)(TKD_TIMER + 0x8u))

void tkd_ticks_start(void) { CONTROL = 1; }

uint32_t tkd_ticks(void) { return VALUE_LOW; }
