/* Where an app's samples come from: a recording of the host (firmware/ports/semihosting_source.c), or a
 * sensor, for which a board's own file defines these. */
#ifndef TINYKD_SOURCE_H_
#define TINYKD_SOURCE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starts the source. Returns 0, or -1 where there is none. */
int tkd_source_start(void);

/* Waits for samples and copies up to `bytes` of them: int16 at the model's rate for audio, rows of float32 in the
 * units of training for other sensors.
 * Returns how many bytes; fewer than asked only at the end of a source that has one. */
size_t tkd_source_read(void *samples, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* TINYKD_SOURCE_H_ */
