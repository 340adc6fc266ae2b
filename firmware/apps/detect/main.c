/* Words or gestures in a stream: samples in, features, model, decision out. First a self-test: the model must give
 * the output that TFLite Micro gave for the golden input. What app.h defines comes from the run. */
#include "app.h"
#include "report.h"
#include "tinykd/source.h"
#include "tkd_port.h"

static APP_SAMPLE block[APP_MOST * APP_WIDTH];

int main(void) {
  const int failed = report_self_test();
  if (failed) return failed;
  if (APP_START() != TKD_OK) return NO_START;
  if (tkd_source_start() != 0) {
    tkd_print(APP_NAME ": no samples\n");
    return NO_SOURCE;
  }
  report_start();
  uint32_t windows = 0; /* heard by the model */
  for (size_t bytes; (bytes = tkd_source_read(block, sizeof block)) > 0;) {
    uint32_t start = report_now();
    const int due = APP_HEAR(block, bytes / sizeof(APP_SAMPLE) / APP_WIDTH);
    report_front_end(start);
    if (!due) continue;
    start = report_now();
    const int32_t word = APP_DECIDE();
    report_model(start);
    if (word >= 0) {
      report_number(windows * APP_HOP_MS + APP_WINDOW_MS);
      tkd_print(" ms  ");
      tkd_print(APP_LABELS[word]);
      tkd_print("\n");
    }
    ++windows;
  }
  report_ticks();
  return 0;
}
