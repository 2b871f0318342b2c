/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

static int32_t sum_of(const int32_t *pair, const int32_t *weights, int32_t bias)
{
    int32_t sum = bias;

    for (int32_t line = 0; line < 3; line++) {
        sum = ae_add_products(sum, pair[line], weights[2 * line]);
        sum += ae_low_lane(pair[3 + line]) * ae_high_lane(weights[2 * line + 1]);
    }
    return sum;
}

void AE_NAME(strip_outputs_2)(const struct ae_strips *args, const int32_t *weights, int8_t *out)
{
    const int32_t *strip = args->words;
    const int32_t *channel = args->channel;

    for (int32_t c = 0; c < args->channels; c++) {
        for (int32_t i = 0; i < args->count; i++) {
            const int32_t sum = sum_of(strip + 3 * i, weights, channel[0]);

            out[i * args->pitch + c] =
                ae_packed_result(sum, channel + 1, args->output_zero, args->is_signed);
        }
        strip += args->strip;
        weights += AE_STRIP_WEIGHTS;
        channel += 3;
    }
}
