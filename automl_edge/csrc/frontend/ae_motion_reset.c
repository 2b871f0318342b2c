/* SPDX-License-Identifier: 0BSD */
#include "ae_motion.h"

void AE_NAME(motion_reset)(ae_motion_state *state)
{
    state->rows.filled = 0;
    state->rows.complete = 0;
}
