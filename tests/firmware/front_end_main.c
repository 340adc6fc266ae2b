/* Reads clips of int16 PCM from standard input and writes the int8 input that the front end makes of each.
 * Arguments: samples a clip; samples a push, 0 for a whole clip at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kws_front_end.h"

int main(int count, char **arguments) {
  if (count != 3) return 2;
  const size_t samples = (size_t)strtoul(arguments[1], NULL, 10);
  const size_t given = (size_t)strtoul(arguments[2], NULL, 10);
  const tkd_audio_config *config = &tkd_kws_front_end;
  /* Of just the size asked for, so that a sanitizer sees a step outside. */
  void *memory = malloc(TKD_KWS_FRONT_END_MEMORY_BYTES);
  int16_t *pcm = malloc(samples * sizeof *pcm);
  if (memory == NULL || pcm == NULL || tkd_audio_bytes(config) != TKD_KWS_FRONT_END_MEMORY_BYTES) return 3;
  while (fread(pcm, sizeof *pcm, samples, stdin) == samples) {
    tkd_audio audio;
    memset(memory, 0xa5, TKD_KWS_FRONT_END_MEMORY_BYTES);
    const tkd_status status = tkd_audio_init(&audio, config, memory, TKD_KWS_FRONT_END_MEMORY_BYTES);
    if (status != TKD_OK) {
      fprintf(stderr, "%s\n", tkd_status_text(status));
      return 3;
    }
    for (size_t at = 0; at < samples;) {
      const size_t next = given > 0 && given < samples - at ? given : samples - at;
      (void)tkd_audio_push(&audio, pcm + at, next);
      at += next;
    }
    fwrite(tkd_audio_input(&audio), 1, (size_t)config->frames * config->coefficients, stdout);
  }
  free(pcm);
  free(memory);
  return 0;
}
