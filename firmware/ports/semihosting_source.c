/* The host's file `samples`: how many bytes follow, 32 bits, then these, little-endian. */
#include "tinykd/source.h"
#include "tkd_port.h"

static int handle = -1;
static uint32_t left = 0;

int tkd_source_start(void) {
  handle = tkd_open("samples", "rb");
  return handle < 0 ? -1 : tkd_read(handle, &left, sizeof left);
}

size_t tkd_source_read(void *samples, size_t bytes) {
  const size_t taken = bytes < left ? bytes : left;
  if (taken == 0 || tkd_read(handle, samples, taken) != 0) return 0;
  left -= (uint32_t)taken;
  return taken;
}
