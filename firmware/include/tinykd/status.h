/* What every tkd_ function that can fail returns. */
#ifndef TINYKD_STATUS_H_
#define TINYKD_STATUS_H_

#ifdef __cplusplus
extern "C" {
#endif

#define TKD_STATUSES(X)                                   \
  X(TKD_OK, "ok")                                         \
  X(TKD_NULL_POINTER, "a pointer is null")                \
  X(TKD_TOO_SMALL, "the memory given is too small")       \
  X(TKD_MISALIGNED, "the memory given is not aligned to 4") \
  X(TKD_OUT_OF_RANGE, "a setting is out of its range")

#define TKD_STATUS_NAME(name, text) name,
typedef enum { TKD_STATUSES(TKD_STATUS_NAME) } tkd_status;
#undef TKD_STATUS_NAME

/* Returns what a status means, in English; never null. */
const char *tkd_status_text(tkd_status status);

#ifdef __cplusplus
}
#endif

#endif /* TINYKD_STATUS_H_ */
