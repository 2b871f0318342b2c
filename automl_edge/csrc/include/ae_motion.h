/* SPDX-License-Identifier: 0BSD */
/* Windows of motion rows: 16-bit counts, one per axis, shifted and scaled to int8. */
#ifndef AE_MOTION_H
#define AE_MOTION_H

#include <stdint.h>

#include "ae_prefix.h"
#include "ae_rows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* feature = ((count - offset) * multiplier + 32768) >> 16, limited to -128 .. 127. */
typedef struct {
    const int16_t *offsets;
    const int32_t *multipliers; /* 0 to 2^23 - 1 */
    ae_rows_config rows;        /* rows of a window and axes */
} ae_motion_config;

typedef struct {
    ae_rows_state rows;
} ae_motion_state;

/* Forget all rows. */
void AE_NAME(motion_reset)(ae_motion_state *state);

/* Take up to `count` rows of `axes` counts each and return how many were taken: all of
 * them, or fewer when the last one taken completed a window in `features`
 * (state->rows.complete is 1). */
uint32_t AE_NAME(motion_feed)(const ae_motion_config *config, ae_motion_state *state,
                              int8_t *features, const int16_t *counts, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
