/* SPDX-License-Identifier: 0BSD */
/* A window of feature rows that the network reads in place: row 0 is the oldest.
 *
 * Rows are written in order until the window is full, which makes it `complete`. The row
 * after that first moves the window on by `stride` rows, so that a new complete window
 * follows every `stride` rows. */
#ifndef AE_ROWS_H
#define AE_ROWS_H

#include <stdint.h>

#include "ae_prefix.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint16_t rows;      /* rows of a complete window, at least 1 */
    uint16_t row_bytes; /* features of a row */
    uint16_t stride;    /* rows from one complete window to the next, 1 to `rows` */
} ae_rows_config;

typedef struct {
    uint32_t filled;   /* rows written so far, at most `rows` */
    uint32_t complete; /* 1 right after the row that completed a window */
} ae_rows_state;

/* Where the next row goes, in `features` (rows * row_bytes bytes); the caller writes all
 * of its bytes. Older rows move up when the window was full. */
int8_t *AE_NAME(rows_next)(const ae_rows_config *config, ae_rows_state *state, int8_t *features);

#ifdef __cplusplus
}
#endif

#endif
