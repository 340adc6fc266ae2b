#include "tinykd/status.h"

const char *tkd_status_text(tkd_status status) {
#define TKD_STATUS_CASE(name, text) \
  case name:                        \
    return text;
  switch (status) { TKD_STATUSES(TKD_STATUS_CASE) }
#undef TKD_STATUS_CASE
  return "unknown status";
}
