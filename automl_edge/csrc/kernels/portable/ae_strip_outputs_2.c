/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

void AE_NAME(strip_outputs_2)(const struct ae_strip *args)
{
    const int32_t *weights = args->weights;

    for (int32_t i = 0; i < args->count; i++) {
        const int32_t *words = args->strip + 3 * i;
        int32_t sum = args->channel[0];

        for (int32_t line = 0; line < 3; line++) {
            sum = ae_add_products(sum, words[line], weights[2 * line]);
            sum += ae_low_lane(words[3 + line]) * ae_high_lane(weights[2 * line + 1]);
        }
        args->out[i * args->pitch] =
            ae_packed_result(sum, args->channel + 1, args->output_zero, args->is_signed);
    }
}
