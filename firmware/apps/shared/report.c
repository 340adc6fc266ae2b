#include "report.h"

#include "app.h"
#include "tkd_port.h"

static uint32_t front_end_ticks, model_ticks;

void report_number(uint32_t number) {
  char digits[11];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  tkd_print(at);
}

int report_self_test(void) {
  const int wrong = APP_SELF_TEST();
  tkd_print(wrong ? APP_NAME ": self-test failed\n" : APP_NAME ": self-test passed\n");
  return wrong ? SELF_TEST_FAILED : 0;
}

static void note(uint32_t *most, uint32_t since) {
  const uint32_t taken = report_now() - since;
  if (taken > *most) *most = taken;
}

void report_front_end(uint32_t since) { note(&front_end_ticks, since); }

void report_model(uint32_t since) { note(&model_ticks, since); }

#ifdef TKD_TIMER
void report_start(void) { tkd_ticks_start(); }

uint32_t report_now(void) { return tkd_ticks(); }

void report_ticks(void) {
  tkd_print("ticks ");
  report_number(front_end_ticks);
  tkd_print(" features, ");
  report_number(model_ticks);
  tkd_print(" model\n");
}
#else
void report_start(void) {}

uint32_t report_now(void) { return 0; }

void report_ticks(void) {}
#endif
