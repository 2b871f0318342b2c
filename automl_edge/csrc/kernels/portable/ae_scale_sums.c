/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_paired.h"

void AE_NAME(scale_sums)(const int32_t *sums, const struct ae_scaled *to)
{
    int8_t *out = to->out;

    for (int32_t i = 0; i < to->count; i++) {
        const int32_t sum = sums[i] + to->channel[0];
        const int32_t scaled = ae_scale(sum, to->channel[1], -to->channel[2]);

        *out = ae_to_int8(scaled, to->output_zero, to->low, to->high);
        out += to->pitch;
    }
}
