/* CMSDK APB timer 0 of the MPS2 boards: 32 bits, counts down. Source: Arm DDI 0479, section 4.4. */
#include "tkd_port.h"

#ifndef TKD_TIMER
#error "say where the timer is: -DTKD_TIMER=0x40000000u"
#endif
#define CONTROL (*(volatile uint32_t *)(TKD_TIMER + 0x0u))
#define VALUE (*(volatile uint32_t *)(TKD_TIMER + 0x4u))
#define RELOAD (*(volatile uint32_t *)(TKD_TIMER + 0x8u))

void tkd_ticks_start(void) {
  RELOAD = 0xFFFFFFFFu;
  VALUE = 0xFFFFFFFFu;
  CONTROL = 1;
}

uint32_t tkd_ticks(void) { return 0xFFFFFFFFu - VALUE; }
