/* SPDX-License-Identifier: 0BSD */
#include "ae_logmel.h"

/* Move the history on by one hop; a hop longer than the window leaves samples to skip. */
static void advance(const ae_logmel_config *config, ae_logmel_state *state, int16_t *history)
{
    uint32_t hop = config->hop;
    uint32_t kept = hop < config->window ? config->window - hop : 0;
    for (uint32_t i = 0; i < kept; i++) {
        history[i] = history[i + hop];
    }
    state->collected = kept;
    state->skip = hop < config->window ? 0 : hop - config->window;
}

uint32_t AE_NAME(logmel_feed)(const ae_logmel_config *config, ae_logmel_state *state,
                              const ae_logmel_buffers *buffers, const int16_t *samples,
                              uint32_t count)
{
    uint32_t taken = 0;
    state->rows.complete = 0;
    while (taken < count && !state->rows.complete) {
        if (state->skip > 0) {
            uint32_t dropped = count - taken < state->skip ? count - taken : state->skip;
            state->skip -= dropped;
            taken += dropped;
            continue;
        }
        uint32_t wanted = config->window - state->collected;
        uint32_t copied = count - taken < wanted ? count - taken : wanted;
        for (uint32_t i = 0; i < copied; i++) {
            buffers->history[state->collected + i] = samples[taken + i];
        }
        state->collected += copied;
        taken += copied;
        if (state->collected == config->window) {
            int8_t *row = AE_NAME(rows_next)(&config->rows, &state->rows, buffers->features);
            AE_NAME(logmel_frame)(config, buffers->history, buffers->scratch, row);
            advance(config, state, buffers->history);
        }
    }
    return taken;
}
