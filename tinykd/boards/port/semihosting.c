/* Arm semihosting, Source: Arm IHI 0098 "Semihosting for AArch32 and AArch64". */
#include "tkd_port.h"

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_GET_CMDLINE = 0x15,
  SYS_EXIT_EXTENDED = 0x20,
  APPLICATION_EXIT = 0x20026,
  OPEN_READ_BINARY = 1,
  OPEN_WRITE_BINARY = 5,
  COMMAND_LINE_BYTES = 1024,
};

static uint32_t call(uint32_t operation, const void *block) {
  register uint32_t r0 __asm("r0") = operation;
  register const void *r1 __asm("r1") = block;
  __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static uint32_t length_of(const char *text) {
  uint32_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}

_Noreturn void tkd_exit(int code) {
  const uint32_t block[2] = {APPLICATION_EXIT, (uint32_t)code};
  for (;;) (void)call(SYS_EXIT_EXTENDED, block);
}

void tkd_print(const char *text) { (void)call(SYS_WRITE0, text); }

int tkd_argument(int index, char *word, size_t size) {
  static char line[COMMAND_LINE_BYTES];
  const uint32_t block[2] = {(uint32_t)(uintptr_t)line, sizeof line};
  if (call(SYS_GET_CMDLINE, block) != 0) return -1;
  const char *at = line;
  for (int skipped = 0; skipped < index; ++skipped) {
    while (*at != 0 && *at != ' ') ++at;
    while (*at == ' ') ++at;
  }
  size_t length = 0;
  while (at[length] != 0 && at[length] != ' ') {
    if (length + 1 >= size) return -1;
    word[length] = at[length];
    ++length;
  }
  if (length == 0) return -1;
  word[length] = 0;
  return 0;
}

int tkd_open(const char *path, const char *mode) {
  const uint32_t kind = mode[0] == 'r' ? OPEN_READ_BINARY : OPEN_WRITE_BINARY;
  const uint32_t block[3] = {(uint32_t)(uintptr_t)path, kind, length_of(path)};
  return (int)call(SYS_OPEN, block);
}

int tkd_read(int handle, void *data, size_t size) {
  const uint32_t block[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)data, size};
  return call(SYS_READ, block) == 0 ? 0 : -1;
}

int tkd_write(int handle, const void *data, size_t size) {
  const uint32_t block[3] = {(uint32_t)handle, (uint32_t)(uintptr_t)data, size};
  return call(SYS_WRITE, block) == 0 ? 0 : -1;
}

int tkd_close(int handle) {
  const uint32_t block[1] = {(uint32_t)handle};
  return (int)call(SYS_CLOSE, block);
}
