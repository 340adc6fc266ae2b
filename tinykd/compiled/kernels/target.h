/* Which instructions the compiler may use. */
#ifndef TKD_TARGET_H
#define TKD_TARGET_H

#include <stdint.h>

#ifndef TKD_PORTABLE
#define TKD_PORTABLE 0
#endif

#if !TKD_PORTABLE && defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 1)
#define TKD_MVE 1
#else
#define TKD_MVE 0
#endif

/* Of the M profile only: the kernels hold Thumb assembly of GNU C, and load words from any address. */
#if !TKD_PORTABLE && !TKD_MVE && defined(__ARM_FEATURE_DSP) && __ARM_ARCH_PROFILE == 'M' && defined(__GNUC__) && \
    defined(__ARM_FEATURE_UNALIGNED)
#define TKD_DSP 1
#else
#define TKD_DSP 0
#endif

/* Keeps the compiler from turning a loop that copies or fills into a call of libc. */
#if defined(__clang__)
#define TKD_NO_LIBC __attribute__((no_builtin("memcpy", "memmove", "memset")))
#elif defined(__GNUC__)
#define TKD_NO_LIBC __attribute__((optimize("no-tree-loop-distribute-patterns")))
#else
#define TKD_NO_LIBC
#endif

/* A function or argument that some bodies of a kernel leave alone. */
#if defined(__GNUC__)
#define TKD_UNUSED __attribute__((unused))
#else
#define TKD_UNUSED
#endif

#endif
