/* SPDX-License-Identifier: 0BSD */
#ifndef AE_BATCH_H
#define AE_BATCH_H

#include <stdint.h>

#include "ae_prefix.h"

/* `input_offset` is negative where the network reads the caller's buffer in place. */
struct ae_batch {
    int64_t count;
    int64_t input_bytes;
    int64_t output_bytes;
    int64_t input_offset;
    int64_t output_offset;
};

void AE_NAME(net_run_batch)(const struct ae_batch *batch, const int8_t *inputs, int8_t *outputs,
                            int8_t *arena);

#endif
