/* SPDX-License-Identifier: 0BSD */
/* Runs a network over many inputs; for the host only, so that a batch is one call. */
#include "ae_batch.h"

void AE_NAME(net_run)(const int8_t *input, void *arena);

void AE_NAME(net_run_batch)(const struct ae_batch *batch, const int8_t *inputs, int8_t *outputs,
                            int8_t *arena)
{
    for (int64_t sample = 0; sample < batch->count; sample++) {
        const int8_t *input = inputs + sample * batch->input_bytes;

        if (batch->input_offset >= 0) {
            for (int64_t i = 0; i < batch->input_bytes; i++) {
                arena[batch->input_offset + i] = input[i];
            }
            input = arena + batch->input_offset;
        }
        AE_NAME(net_run)(input, arena);
        for (int64_t i = 0; i < batch->output_bytes; i++) {
            outputs[sample * batch->output_bytes + i] = arena[batch->output_offset + i];
        }
    }
}
