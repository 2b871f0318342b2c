/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

void AE_NAME(packed_tile)(const struct ae_packed *args, const int32_t *columns, int8_t *out)
{
    const int32_t *weights = args->weights;
    const int32_t *channel = args->channel;

    for (int32_t c = 0; c < args->channels; c += 2) {
        for (int32_t p = 0; p < AE_TILE; p++) {
            int32_t sum_a = channel[0];
            int32_t sum_both = channel[0];
            int32_t sum_b;
            int8_t *pixel = out + p * args->channels + c;

            for (int32_t i = 0; i < args->steps; i++) {
                const int32_t x = columns[AE_TILE * i + p];
                const int32_t both = weights[i];

                sum_both = ae_add_products(sum_both, both, x);
                sum_a = ae_add_products(
                    sum_a, ae_lanes((int8_t)(both & 0xFF), (int8_t)((both >> 16) & 0xFF)), x);
            }
            sum_b = (int32_t)((uint32_t)sum_both - (uint32_t)sum_a) >> 8;
            if (c + 1 < args->channels) {
                sum_b = (int32_t)((uint32_t)sum_b + (uint32_t)channel[1]);
                pixel[1] = ae_packed_result(sum_b, channel + 2, args->output_zero, args->is_signed);
            }
            pixel[0] = ae_packed_result(sum_a, channel + 4, args->output_zero, args->is_signed);
        }
        weights += args->steps;
        channel += 6;
    }
}
