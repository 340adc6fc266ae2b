/* What a bare-metal program needs of an emulated board: start-up, host files, an instruction counter.

Start-up (start.c) sets the stack, turns the FPU and MVE on, fills .data and .bss, calls main and leaves
with its value. The host is reached by Arm semihosting, which only a debugger or QEMU answers. */
#ifndef TKD_PORT_H
#define TKD_PORT_H

#include <stddef.h>
#include <stdint.h>

/* Ends the emulation; `code` becomes QEMU's exit code. */
_Noreturn void tkd_exit(int code);

/* Writes text, ended by 0, to QEMU's stderr. */
void tkd_print(const char *text);

/* Copies word `index` (from 0) of the command line into `word`, ended by 0.
Returns 0, or -1 where there is none or it does not fit in `size` bytes. */
int tkd_argument(int index, char *word, size_t size);

/* Opens a file of the host, for reading ("rb") or writing ("wb"). Returns a handle, or -1. */
int tkd_open(const char *path, const char *mode);

/* Return 0 when all `size` bytes were read or written, else -1. */
int tkd_read(int handle, void *data, size_t size);
int tkd_write(int handle, const void *data, size_t size);
int tkd_close(int handle);

/* Starts the timer that tkd_ticks reads. */
void tkd_ticks_start(void);

/* Ticks of the board's timer since tkd_ticks_start, modulo 2^32. Under QEMU's -icount they stand in a fixed
ratio to executed instructions. */
uint32_t tkd_ticks(void);

#endif
