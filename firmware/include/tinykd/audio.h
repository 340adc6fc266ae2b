/* Audio front end: PCM in, the int8 input of a model out; log-mel, MFCC or the bent waveform, streaming.
 *
 * One frame is computed each hop. All memory is the caller's and fixed in size; no
 * call allocates, and none needs the C library beyond memcpy. The numbers come from
 * a config that tinykd writes (NAME_front_end.h and .c); none is typed by hand.
 *
 * Two bodies compute the same features: float32 for cores with a float unit, and
 * int32 for those without. TKD_AUDIO_FLOAT says which; it must be the same for all files.
 */
#ifndef TINYKD_AUDIO_H_
#define TINYKD_AUDIO_H_

#include <stddef.h>
#include <stdint.h>

#include "tinykd/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef TKD_AUDIO_FLOAT
#if defined(__arm__) && !(defined(__ARM_FP) && (__ARM_FP & 4))
#define TKD_AUDIO_FLOAT 0
#elif defined(__riscv) && !defined(__riscv_flen)
#define TKD_AUDIO_FLOAT 0
#elif defined(__XTENSA_SOFT_FLOAT__)
#define TKD_AUDIO_FLOAT 0
#else
#define TKD_AUDIO_FLOAT 1
#endif
#endif

#if TKD_AUDIO_FLOAT
typedef float tkd_real; /* windows, sines, weights: real numbers */
typedef float tkd_log;  /* base-2 logarithms and what is made of them */
#else
typedef int32_t tkd_real; /* as Q31 */
typedef int32_t tkd_log;  /* as Q20 */
#endif

/* What is subtracted from the features of a clip. */
typedef enum { TKD_NORMALISE_NONE, TKD_NORMALISE_CLIP, TKD_NORMALISE_BAND } tkd_normalise;

/* How a feature becomes int8: round(feature * scale + offset), limited to -128..127. */
typedef struct {
#if TKD_AUDIO_FLOAT
  float scale;
  float offset;
#else
  int32_t scale;  /* times 2^shift, for features as Q20 */
  uint8_t shift;  /* 1 to 62 */
  int64_t offset; /* times 2^shift, the half for rounding included */
#endif
} tkd_quantiser;

/* A front end's numbers, constant. */
typedef struct {
  uint16_t window_samples; /* 1 to fft_size; of a waveform, bands */
  uint16_t hop_samples;    /* at least 1 */
  uint16_t fft_size;       /* a power of two, 32 to 8192; 0: the waveform itself, and no tables */
  uint16_t frames;         /* rows of the model's input */
  uint16_t bands;          /* mel bands */
  uint16_t coefficients;   /* columns of the model's input; equals bands where dct is null */
  uint8_t normalise;       /* a tkd_normalise */
  const tkd_real *window;  /* [window_samples / 2 + 2] the window to just past its middle; it is symmetric */
  const tkd_real *sine;    /* [fft_size / 4 + 1] sin(2 pi k / fft_size) */
  /* Between the corners of the triangles, segment by segment: bins first[s] to first[s + 1] - 1 rise in
   * band s with weights rise[s] + i * step[s], i from 0, and fall in band s - 1 with one minus these. */
  const uint16_t *first; /* [bands + 2] */
  const tkd_real *rise;  /* [bands + 1] */
  const tkd_real *step;  /* [bands + 1] */
  const tkd_log *gain;   /* [bands] log2 of a band's peak weight, or null: all 0 */
  const tkd_real *dct;   /* [bands * coefficients], or null: log-mel */
  tkd_log floor;         /* log2 of the least energy; 0 for a waveform */
  tkd_quantiser quantiser;
} tkd_audio_config;

/* A stream's state; its fields are private. */
typedef struct {
  const tkd_audio_config *config;
  tkd_real *work;     /* [fft_size + bands] of no use between calls */
  tkd_log *features;  /* [frames * coefficients], or null where nothing is normalised */
  int8_t *input;      /* [frames * coefficients] */
  int16_t *samples;   /* [window_samples] the window being filled */
  uint32_t filled;    /* samples in it */
  uint32_t skip;      /* samples to drop first, where a hop is longer than a window */
  uint32_t ready_in;  /* frames until the input is full of heard sound */
} tkd_audio;

/* The memory that tkd_audio_init needs, in bytes, a multiple of 4; `normalised` is 0 where normalise is none. */
#define TKD_AUDIO_BYTES(fft_size, bands, frames, coefficients, window_samples, normalised)    \
  (4 * ((size_t)(fft_size) + (bands)) + (normalised ? 4 * (size_t)(frames) * (coefficients) : 0) + \
   ((size_t)(frames) * (coefficients) + 3) / 4 * 4 + ((size_t)(window_samples) + 1) / 2 * 4)

/* Returns TKD_AUDIO_BYTES of a config. */
size_t tkd_audio_bytes(const tkd_audio_config *config);

/* Start a stream: no samples heard, every frame of the input as of silence.
 * memory: `bytes` aligned to 4, at least tkd_audio_bytes(config); stays in use.
 * Fails with TKD_NULL_POINTER, TKD_TOO_SMALL or TKD_MISALIGNED. */
tkd_status tkd_audio_init(tkd_audio *audio, const tkd_audio_config *config, void *memory, size_t bytes);

/* Hear `count` samples, any number at a time; how they are cut makes no difference.
 * Returns the number of frames that they completed. */
size_t tkd_audio_push(tkd_audio *audio, const int16_t *pcm, size_t count);

/* Returns how many more frames are wanted before the input holds nothing but heard sound; 0: ready. */
uint32_t tkd_audio_wanting(const tkd_audio *audio);

/* Returns the model's input, [frames, coefficients] int8, oldest frame first, aligned to 4;
 * valid until the next call with this state. */
const int8_t *tkd_audio_input(tkd_audio *audio);

/* Private: sign(s) log2(1 + |s| / 128) of `count` samples s. */
void tkd_audio_bend(const int16_t *samples, size_t count, tkd_log *bent);

/* Private: the log2 band energies of one window, into log_energies [bands].
 * samples: [window_samples]; work: [fft_size], overwritten. */
void tkd_audio_energies(const tkd_audio_config *config, const int16_t *samples, tkd_real *work,
                        tkd_log *log_energies);

#ifdef __cplusplus
}
#endif

#endif /* TINYKD_AUDIO_H_ */
