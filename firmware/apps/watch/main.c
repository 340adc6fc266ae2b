/* An anomaly in a stream: rows of sensors in, features, model, alarm out. First a self-test: the model must give the
 * output that TFLite Micro gave for the golden input. What app.h defines comes from the run. */
#include "app.h"
#include "report.h"
#include "tinykd/source.h"
#include "tkd_port.h"

static APP_SAMPLE row[APP_WIDTH];

int main(void) {
  const int failed = report_self_test();
  if (failed) return failed;
  if (APP_START() != TKD_OK) return NO_START;
  if (tkd_source_start() != 0) {
    tkd_print(APP_NAME ": no samples\n");
    return NO_SOURCE;
  }
  report_start();
  uint32_t rows = 0;
  while (tkd_source_read(row, sizeof row) == sizeof row) {
    ++rows;
    uint32_t start = report_now();
    const int due = APP_HEAR(row, 1);
    report_front_end(start);
    if (!due) continue;
    start = report_now();
    const int32_t begins = APP_DECIDE();
    report_model(start);
    if (begins >= 0) {
      report_number(rows);
      tkd_print(" rows  anomaly\n");
    }
  }
  report_ticks();
  return 0;
}
