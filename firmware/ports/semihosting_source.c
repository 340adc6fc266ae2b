/* The host's file `samples`: the number of samples, 32 bits, then so many of 16 bits, little-endian. */
#include "tinykd/source.h"
#include "tkd_port.h"

static int handle = -1;
static uint32_t left = 0;

int tkd_source_start(void) {
  handle = tkd_open("samples", "rb");
  return handle < 0 ? -1 : tkd_read(handle, &left, sizeof left);
}

size_t tkd_source_read(int16_t *samples, size_t count) {
  const size_t taken = count < left ? count : left;
  if (taken == 0 || tkd_read(handle, samples, taken * sizeof *samples) != 0) return 0;
  left -= (uint32_t)taken;
  return taken;
}
