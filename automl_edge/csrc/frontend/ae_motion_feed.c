/* SPDX-License-Identifier: 0BSD */
#include "ae_motion.h"

#include "ae_signal.h"

/* (distance * multiplier + 32768) >> 16 without a product above 32 bits: the multiplier
 * is taken as high * 2^15 + low; |distance| < 2^16 and high < 2^8. */
static int32_t scaled(int32_t distance, int32_t multiplier)
{
    int32_t high = multiplier >> 15;
    int32_t low = multiplier & 0x7fff;
    return (distance * high + ((distance * low + 0x8000) >> 15)) >> 1;
}

uint32_t AE_NAME(motion_feed)(const ae_motion_config *config, ae_motion_state *state,
                              int8_t *features, const int16_t *counts, uint32_t count)
{
    uint32_t axes = config->rows.row_bytes;
    uint32_t taken = 0;
    state->rows.complete = 0;
    while (taken < count && !state->rows.complete) {
        int8_t *row = AE_NAME(rows_next)(&config->rows, &state->rows, features);
        for (uint32_t axis = 0; axis < axes; axis++) {
            int32_t distance = (int32_t)counts[axis] - config->offsets[axis];
            row[axis] = ae_clamp_to_int8(scaled(distance, config->multipliers[axis]));
        }
        counts += axes;
        taken++;
    }
    return taken;
}
