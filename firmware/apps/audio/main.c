/* Words in a stream: samples in, features, model, decision out. First a self-test: the model must give the
 * output that TFLite Micro gave for the golden input. What app.h defines comes from the run. */
#include "app.h"
#include "tinykd/audio.h"
#include "tinykd/detector.h"
#include "tinykd/source.h"
#include "tkd_port.h"

#define WORDS(bytes) (((bytes) + 3) / 4)

enum { SELF_TEST_FAILED = 3, NO_SOURCE = 4, NO_START = 5 };

static uint32_t audio_memory[WORDS(APP_FRONT_END_BYTES)];
static uint32_t detector_memory[WORDS(TKD_DETECTOR_BYTES(APP_WORDS, APP_SMOOTH_HOPS))];
static int16_t pcm[APP_HOP_SAMPLES];
static int8_t output[APP_CLASSES];

static const tkd_detector_config detector_config = {APP_CLASSES, APP_WORDS, APP_SMOOTH_HOPS, APP_REFRACTORY_HOPS,
                                                    APP_THRESHOLD};

static void print_number(uint32_t number) {
  char digits[11];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do {
    *--at = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  tkd_print(at);
}

static int self_test(void) {
  APP_INVOKE(APP_GOLDEN_INPUT, output);
  for (uint32_t i = 0; i < APP_CLASSES; ++i) {
    if (output[i] != APP_GOLDEN_OUTPUT[i]) return -1;
  }
  return 0;
}

/* Time in the two parts of a hop, where the board has a timer that counts instructions. */
#ifdef TKD_TIMER
static uint32_t front_end_ticks, model_ticks; /* the most of one call */

static uint32_t now(void) { return tkd_ticks(); }

static void note(uint32_t *most, uint32_t start) {
  const uint32_t taken = tkd_ticks() - start;
  if (taken > *most) *most = taken;
}

static void print_ticks(void) {
  tkd_print("ticks ");
  print_number(front_end_ticks);
  tkd_print(" a hop, ");
  print_number(model_ticks);
  tkd_print(" a model call\n");
}
#define NOTED(most, call)        \
  do {                           \
    const uint32_t start = now(); \
    call;                        \
    note(&(most), start);        \
  } while (0)
#else
#define NOTED(most, call) call
#endif

int main(void) {
  if (self_test() != 0) {
    tkd_print(APP_NAME ": self-test failed\n");
    return SELF_TEST_FAILED;
  }
  tkd_print(APP_NAME ": self-test passed\n");
  tkd_audio audio;
  tkd_detector detector;
  if (tkd_audio_init(&audio, &APP_FRONT_END, audio_memory, sizeof audio_memory) != TKD_OK) return NO_START;
  if (tkd_detector_init(&detector, &detector_config, detector_memory, sizeof detector_memory) != TKD_OK) {
    return NO_START;
  }
  if (tkd_source_start() != 0) {
    tkd_print(APP_NAME ": no samples\n");
    return NO_SOURCE;
  }
#ifdef TKD_TIMER
  tkd_ticks_start();
#endif
  uint32_t windows = 0;   /* heard by the model */
  uint32_t until_next = 0; /* frames from the first full window to the next that is heard */
  for (size_t count; (count = tkd_source_read(pcm, APP_HOP_SAMPLES)) > 0;) {
    size_t frames = 0;
    NOTED(front_end_ticks, frames = tkd_audio_push(&audio, pcm, count));
    if (frames == 0 || tkd_audio_wanting(&audio) > 0) continue;
    if (until_next > 0) {
      --until_next;
      continue;
    }
    until_next = APP_HOP_FRAMES - 1;
    NOTED(model_ticks, APP_INVOKE(tkd_audio_input(&audio), output));
    const int32_t word = tkd_detector_push(&detector, output);
    if (word >= 0) {
      print_number(windows * APP_HOP_MS + APP_CLIP_MS);
      tkd_print(" ms  ");
      tkd_print(APP_LABELS[word]);
      tkd_print("\n");
    }
    ++windows;
  }
#ifdef TKD_TIMER
  print_ticks();
#endif
  return 0;
}
