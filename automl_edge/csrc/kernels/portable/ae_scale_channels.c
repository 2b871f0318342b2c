/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_paired.h"

void AE_NAME(scale_channels)(const int32_t *sums, const struct ae_scaled *to)
{
    const int32_t *channel = to->channel;

    for (int32_t i = 0; i < to->count; i++) {
        const int32_t scaled = ae_scale(sums[i] + channel[0], channel[1], -channel[2]);

        to->out[i] = ae_to_int8(scaled, to->output_zero, to->low, to->high);
        channel += 3;
    }
}
