/* Vector table and start-up of a Cortex-M. */
#include "tkd_port.h"

#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define FPU_ON (0xFu << 20) /* full access to coprocessors 10 and 11: FPU, and MVE where there is one */
#define CCR (*(volatile uint32_t *)0xE000ED14u)
#define LOOP_CACHE_ON (1u << 19) /* LOB: low-overhead loops of Armv8.1-M */
#define FAULT_CODE 99

extern uint32_t tkd_data_start[], tkd_data_end[], tkd_data_load[], tkd_bss_start[], tkd_bss_end[], tkd_stack_top[];

int main(void);
_Noreturn void tkd_reset(void);
_Noreturn void tkd_fault(void);

_Noreturn void tkd_fault(void) {
  tkd_print("fault\n");
  tkd_exit(FAULT_CODE);
}

_Noreturn void tkd_reset(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  CPACR |= FPU_ON;
  __asm volatile("dsb\n isb" ::: "memory");
#endif
#if defined(__ARM_FEATURE_MVE)
  CCR |= LOOP_CACHE_ON;
  __asm volatile("dsb\n isb" ::: "memory");
#endif
  const uint32_t *from = tkd_data_load;
  for (uint32_t *to = tkd_data_start; to < tkd_data_end; ++to) *to = *from++;
  for (uint32_t *to = tkd_bss_start; to < tkd_bss_end; ++to) *to = 0;
  tkd_exit(main());
}

typedef void (*handler)(void);

/* Stack pointer, reset, and the fourteen exceptions of the architecture; no interrupt is ever enabled. */
__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  handler handlers[15];
} vectors = {
    tkd_stack_top,
    {tkd_reset, tkd_fault, tkd_fault, tkd_fault, tkd_fault, tkd_fault, tkd_fault, tkd_fault, tkd_fault, tkd_fault,
     tkd_fault, tkd_fault, tkd_fault, tkd_fault, tkd_fault},
};
