/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

void AE_NAME(strip_outputs)(const struct ae_strip *args)
{
    const int32_t *weights = args->weights;

    for (int32_t i = 0; i < args->count; i++) {
        const int32_t *words = args->strip + i / 2 * 3;
        int32_t sum = args->channel[0];

        for (int32_t line = 0; line < 3; line++) {
            const int32_t taps01 = weights[2 * line];
            const int32_t taps12 = weights[2 * line + 1];
            const int32_t near = words[line];
            const int32_t far = words[3 + line];

            if (i % 2 == 0) {
                sum = ae_add_products(sum, near, taps01);
                sum += ae_low_lane(far) * ae_high_lane(taps12);
            } else {
                sum += ae_high_lane(near) * ae_low_lane(taps01);
                sum = ae_add_products(sum, far, taps12);
            }
        }
        args->out[i * args->pitch] =
            ae_packed_result(sum, args->channel + 1, args->output_zero, args->is_signed);
    }
}
