/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"

void AE_NAME(lookup)(const struct ae_lookup *args, const int8_t *in, int8_t *out)
{
    for (int32_t i = 0; i < args->size; i++) {
        out[i] = args->table[in[i] + 128];
    }
}
