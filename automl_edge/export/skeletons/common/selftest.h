/* SPDX-License-Identifier: 0BSD */
#ifndef @UPPER@_SELFTEST_H
#define @UPPER@_SELFTEST_H

#include "@SYMBOL@.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs every golden vector through the library. Returns 0 when each byte is as it must be,
 * else 1 plus the index of the first vector that differs. */
int32_t @SYMBOL@_selftest(@SYMBOL@_context *context);

#ifdef __cplusplus
}
#endif

#endif
