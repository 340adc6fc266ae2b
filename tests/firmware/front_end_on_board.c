/* Hears the samples of a host file hop by hop; writes the input after each hop, and the hop's ticks. */
#include "kws_front_end.h"
#include "tkd_port.h"

#define HOP 320

static uint32_t memory[TKD_KWS_FRONT_END_MEMORY_BYTES / 4];
static int16_t pcm[HOP];
static tkd_audio audio;

int main(void) {
  const int samples = tkd_open("samples", "rb"), inputs = tkd_open("inputs", "wb"), ticks = tkd_open("ticks", "wb");
  if (samples < 0 || inputs < 0 || ticks < 0) return 2;
  if (tkd_audio_init(&audio, &tkd_kws_front_end, memory, sizeof memory) != TKD_OK) return 3;
  tkd_ticks_start();
  while (tkd_read(samples, pcm, sizeof pcm) == 0) {
    const uint32_t before = tkd_ticks();
    (void)tkd_audio_push(&audio, pcm, HOP);
    const int8_t *input = tkd_audio_input(&audio);
    const uint32_t taken = tkd_ticks() - before;
    if (tkd_write(inputs, input, (size_t)tkd_kws_front_end.frames * tkd_kws_front_end.coefficients) != 0) return 4;
    if (tkd_write(ticks, &taken, sizeof taken) != 0) return 5;
  }
  return tkd_close(inputs) | tkd_close(ticks);
}
