/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

/* Output `index` from the words of the inputs under its first two taps and of those after. */
static int32_t sum_of(const int32_t *pair, const int32_t *weights, int32_t bias, int32_t index)
{
    int32_t sum = bias;

    for (int32_t line = 0; line < 3; line++) {
        const int32_t taps01 = weights[2 * line];
        const int32_t taps12 = weights[2 * line + 1];
        const int32_t near = pair[line];
        const int32_t far = pair[3 + line];

        if (index % 2 == 0) {
            sum = ae_add_products(sum, near, taps01);
            sum += ae_low_lane(far) * ae_high_lane(taps12);
        } else {
            sum += ae_high_lane(near) * ae_low_lane(taps01);
            sum = ae_add_products(sum, far, taps12);
        }
    }
    return sum;
}

void AE_NAME(strip_outputs)(const struct ae_strips *args, const int32_t *weights, int8_t *out)
{
    const int32_t *strip = args->words;
    const int32_t *channel = args->channel;

    for (int32_t c = 0; c < args->channels; c++) {
        for (int32_t i = 0; i < args->count; i++) {
            const int32_t sum = sum_of(strip + i / 2 * 3, weights, channel[0], i);

            out[i * args->pitch + c] =
                ae_packed_result(sum, channel + 1, args->output_zero, args->is_signed);
        }
        strip += args->strip;
        weights += AE_STRIP_WEIGHTS;
        channel += 3;
    }
}
