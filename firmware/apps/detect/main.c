/* Words or gestures in a stream: samples in, features, model, decision out. First a self-test: the model must give
 * the output that TFLite Micro gave for the golden input. What app.h defines comes from the run. */
#include "app.h"
#include "report.h"
#include "tinykd/detector.h"
#include "tinykd/source.h"
#include "tkd_port.h"

#define WORDS(bytes) (((bytes) + 3) / 4)

static uint32_t front_end_memory[WORDS(APP_FRONT_END_BYTES)];
static uint32_t detector_memory[WORDS(TKD_DETECTOR_BYTES(APP_WORDS, APP_SMOOTH_HOPS))];
static APP_SAMPLE block[APP_BLOCK];
static int8_t output[APP_OUTPUTS];

static const tkd_detector_config detector_config = {APP_OUTPUTS, APP_WORDS, APP_SMOOTH_HOPS, APP_REFRACTORY_HOPS,
                                                    APP_THRESHOLD};

int main(void) {
  const int failed = report_self_test();
  if (failed) return failed;
  static APP_STATE state;
  static tkd_detector detector;
  if (APP_INIT(&state, &APP_FRONT_END, front_end_memory, sizeof front_end_memory) != TKD_OK) return NO_START;
  if (tkd_detector_init(&detector, &detector_config, detector_memory, sizeof detector_memory) != TKD_OK) {
    return NO_START;
  }
  if (tkd_source_start() != 0) {
    tkd_print(APP_NAME ": no samples\n");
    return NO_SOURCE;
  }
  report_start();
  uint32_t windows = 0;    /* heard by the model */
  uint32_t until_next = 0; /* frames until the next window that is heard */
  for (size_t bytes; (bytes = tkd_source_read(block, sizeof block)) > 0;) {
    uint32_t start = report_now();
    const size_t frames = APP_PUSH(&state, block, bytes / sizeof(APP_SAMPLE));
    report_front_end(start);
    if (frames == 0 || APP_WANTING(&state) > 0) continue;
    if (until_next > 0) {
      --until_next;
      continue;
    }
    until_next = APP_HOP_FRAMES - 1;
    start = report_now();
    const int8_t *input = APP_INPUT(&state);
    report_front_end(start);
    start = report_now();
    APP_INVOKE(input, output);
    report_model(start);
    const int32_t word = tkd_detector_push(&detector, output);
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
