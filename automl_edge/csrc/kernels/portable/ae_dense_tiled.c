/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

#define GROUP 8

/* What the 128 that is added to each weight adds to each sum. */
static uint32_t added(const int8_t *in, int32_t depth)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < depth; i++) {
        sum += in[i];
    }
    return 128 * (uint32_t)sum;
}

void AE_NAME(dense_tiled)(const struct ae_dense_tiled *args, const int8_t *in, int8_t *out)
{
    const int32_t depth = args->depth;
    const int32_t zero = args->output_zero;
    const int32_t low = args->low;
    const int32_t high = args->high;
    const int8_t *const end = out + args->channels;
    const uint32_t too_much = added(in, depth);
    const int32_t *weights = args->weights;
    const int32_t *channel = args->channel;
    int32_t sums[GROUP];

    while (out != end) {
        const int32_t left = (int32_t)(end - out);
        const int8_t *const stop = left < GROUP ? end : out + GROUP;
        const int32_t *sum = sums;

        AE_NAME(eight_sums)(in, in + depth, weights, left > 4 ? weights + depth : weights, sums);
        weights += 2 * depth;
        while (out != stop) {
            const uint32_t biased = (uint32_t)*sum++ - too_much + (uint32_t)channel[0];

            *out++ = ae_tiled_result((int32_t)biased, channel, zero, low, high);
            channel += 3;
        }
    }
}
