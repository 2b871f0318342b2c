/* SPDX-License-Identifier: 0BSD */
#include "ae_logmel.h"

void AE_NAME(logmel_reset)(ae_logmel_state *state)
{
    state->skip = 0;
    state->collected = 0;
    state->rows.filled = 0;
    state->rows.complete = 0;
}
