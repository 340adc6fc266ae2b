/* Runs a model on every input of a host file and measures each run.

Words of the command line: 1 the inputs, 2 where the outputs go, 3 where the figures go.
Figures, 32 bits each: the ticks that an empty call takes; then, for every input, the call's ticks and the bytes of
stack below the caller. With TKD_STEPS above 0 it runs the first input only, and after those figures stand the ticks
between two readings that follow each other at once and the ticks of each step. */
#include "mark.h"
#include "tkd_port.h"
#include TKD_HEADER

#ifndef TKD_STEPS
#define TKD_STEPS 0
#endif
#define PATH_BYTES 256
#define PAINTED_WORDS 8192u
#define PAINT 0x5AC3A53Cu

typedef void (*call)(const int8_t *in, int8_t *out);

static int8_t input[TKD_INPUT_BYTES] __attribute__((aligned(8)));
static int8_t output[TKD_OUTPUT_BYTES] __attribute__((aligned(8)));
static uint32_t marks[TKD_STEPS + 1];

__attribute__((noinline)) void tkd_mark(uint32_t step) { marks[step] = tkd_ticks(); }

static void nothing(const int8_t *in, int8_t *out) {
  (void)in;
  (void)out;
}

static void model(const int8_t *in, int8_t *out) { (void)TKD_INVOKE(in, out); }

struct figures {
  uint32_t ticks;
  uint32_t stack_bytes;
};

/* Paints the words below the stack pointer, calls, and looks how far down the paint is gone. */
__attribute__((noinline)) static struct figures measured(volatile call run) {
  uint32_t *top;
  __asm volatile("mov %0, sp" : "=r"(top));
  volatile uint32_t *bottom = top - PAINTED_WORDS;
  for (uint32_t i = 0; i < PAINTED_WORDS; ++i) bottom[i] = PAINT;
  const call function = run;
  const uint32_t before = tkd_ticks();
  function(input, output);
  const uint32_t ticks = tkd_ticks() - before;
  uint32_t left = 0;
  while (left < PAINTED_WORDS && bottom[left] == PAINT) ++left;
  return (struct figures){ticks, 4u * (PAINTED_WORDS - left)};
}

static int opened(int word, const char *mode) {
  static char path[PATH_BYTES];
  return tkd_argument(word, path, sizeof path) == 0 ? tkd_open(path, mode) : -1;
}

int main(void) {
  const int inputs = opened(1, "rb"), outputs = opened(2, "wb"), figures = opened(3, "wb");
  if (inputs < 0 || outputs < 0 || figures < 0) return 2;
  tkd_ticks_start();
  const struct figures empty = measured(nothing);
  if (tkd_write(figures, &empty.ticks, sizeof empty.ticks) != 0) return 3;
  const int steps = TKD_STEPS;
  while (tkd_read(inputs, input, sizeof input) == 0) {
    const struct figures found = measured(model);
    if (tkd_write(outputs, output, sizeof output) != 0) return 4;
    if (tkd_write(figures, &found, sizeof found) != 0) return 5;
    if (steps > 0) break;
  }
  for (int step = steps; step > 0; --step) marks[step] -= marks[step - 1];
  if (steps > 0) {
    uint32_t readings[2];
    for (int i = 0; i < 2; ++i) {
      tkd_mark(0);
      readings[i] = marks[0];
    }
    marks[0] = readings[1] - readings[0];
    if (tkd_write(figures, marks, sizeof marks) != 0) return 6;
  }
  return tkd_close(outputs) | tkd_close(figures);
}
