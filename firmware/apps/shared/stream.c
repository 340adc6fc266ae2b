/* A stream of samples: front end, model, decision. What app.h defines comes from the run; one stream a program. */
#include "app.h"
#include "decision.h"

#if UINTPTR_MAX < 0xFFFFFFFF
#error "needs a core of 32 bits"
#endif
#define WORDS(bytes) (((bytes) + 3) / 4)

static uint32_t memory[WORDS(APP_FRONT_END_BYTES)];
static APP_STATE front_end;
static uint32_t until_next; /* frames until the next window that is heard */
static const int8_t *input;
static int8_t outputs[APP_OUTPUTS];

int APP_SELF_TEST(void) {
  int wrong = 0;
  APP_INVOKE(APP_GOLDEN_INPUT, outputs);
  for (uint32_t i = 0; i < APP_OUTPUTS; ++i) wrong |= outputs[i] != APP_GOLDEN_OUTPUT[i];
  return wrong;
}

tkd_status APP_START(void) {
  until_next = 0;
  const tkd_status status = APP_INIT(&front_end, &APP_FRONT_END, memory, sizeof memory);
  return status == TKD_OK ? APP_FORGET() : status;
}

int APP_HEAR(const APP_SAMPLE *samples, size_t count) {
  const size_t frames = APP_FEED(&front_end, samples, count);
  if (frames == 0 || APP_WANTING(&front_end) > 0) return 0;
  if (until_next > 0) {
    --until_next;
    return 0;
  }
  until_next = APP_HOP_FRAMES - 1;
  input = APP_INPUT(&front_end);
  return 1;
}

int32_t APP_DECIDE(void) {
  APP_INVOKE(input, outputs);
  return APP_JUDGE(outputs);
}

int32_t APP_PUSH(const APP_SAMPLE *samples, size_t count) {
  int32_t found = -1;
  while (count > 0) {
    const size_t taken = count < APP_MOST ? count : APP_MOST;
    const int32_t now = APP_HEAR(samples, taken) ? APP_DECIDE() : -1;
    if (now >= 0) found = now;
    samples += taken * APP_WIDTH;
    count -= taken;
  }
  return found;
}

const int8_t *APP_SCORES(void) { return outputs; }
