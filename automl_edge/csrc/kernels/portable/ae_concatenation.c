/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"

void AE_NAME(concatenation)(const struct ae_concatenation *args, const int8_t *in, int8_t *out)
{
    for (int32_t row = 0; row < args->rows; row++) {
        for (int32_t i = 0; i < args->size; i++) {
            out[i] = *in++;
        }
        out += args->pitch;
    }
}
