/* The port of an app on this machine: text to stdout, the source's file from the working folder. */
#include <stdio.h>
#include <stdlib.h>

#include "tkd_port.h"

static FILE *files[4];

_Noreturn void tkd_exit(int code) { exit(code); }

void tkd_print(const char *text) { fputs(text, stdout); }

int tkd_open(const char *path, const char *mode) {
  for (int handle = 0; handle < 4; ++handle) {
    if (files[handle] != NULL) continue;
    files[handle] = fopen(path, mode);
    return files[handle] == NULL ? -1 : handle;
  }
  return -1;
}

int tkd_read(int handle, void *data, size_t size) { return fread(data, 1, size, files[handle]) == size ? 0 : -1; }
