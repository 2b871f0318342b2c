/* SPDX-License-Identifier: 0BSD */
#include "ae_rows.h"

int8_t *AE_NAME(rows_next)(const ae_rows_config *config, ae_rows_state *state, int8_t *features)
{
    if (state->filled == config->rows) {
        uint32_t dropped = (uint32_t)config->stride * config->row_bytes;
        uint32_t kept = (uint32_t)config->rows * config->row_bytes - dropped;
        for (uint32_t i = 0; i < kept; i++) {
            features[i] = features[i + dropped];
        }
        state->filled = (uint32_t)config->rows - config->stride;
    }
    int8_t *row = features + state->filled * config->row_bytes;
    state->filled++;
    state->complete = state->filled == config->rows;
    return row;
}
