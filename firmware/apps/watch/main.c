/* An anomaly in a stream: rows of sensors in, features, model, alarm out. First a self-test: the model must give the
 * output that TFLite Micro gave for the golden input. What app.h defines comes from the run. */
#include "app.h"
#include "report.h"
#include "tinykd/source.h"
#include "tkd_port.h"

#define WORDS(bytes) (((bytes) + 3) / 4)

static uint32_t front_end_memory[WORDS(APP_FRONT_END_BYTES)];
static APP_SAMPLE row[APP_BLOCK];
static int8_t output[APP_OUTPUTS];

int main(void) {
  const int failed = report_self_test();
  if (failed) return failed;
  static APP_STATE state;
  if (APP_INIT(&state, &APP_FRONT_END, front_end_memory, sizeof front_end_memory) != TKD_OK) return NO_START;
  if (tkd_source_start() != 0) {
    tkd_print(APP_NAME ": no samples\n");
    return NO_SOURCE;
  }
  report_start();
  uint32_t rows = 0;
  uint32_t until_next = 0; /* frames until the next window that is judged */
  int alarmed = 0;
  while (tkd_source_read(row, sizeof row) == sizeof row) {
    ++rows;
    uint32_t start = report_now();
    const size_t frames = APP_PUSH(&state, row, APP_BLOCK);
    report_front_end(start);
    if (frames == 0 || APP_WANTING(&state) > 0) continue;
    if (until_next > 0) {
      --until_next;
      continue;
    }
    until_next = APP_STRIDE_FRAMES - 1;
    start = report_now();
    APP_INVOKE(APP_INPUT(&state), output);
    report_model(start);
    const int above = output[0] > APP_THRESHOLD_INT8;
    if (above && !alarmed) {
      report_number(rows);
      tkd_print(" rows  anomaly\n");
    }
    alarmed = above;
  }
  report_ticks();
  return 0;
}
