/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

/* What the 128 that is added to each weight adds to each sum. */
static int32_t added(const int8_t *in, int32_t depth)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < depth; i++) {
        sum += in[i];
    }
    return 128 * sum;
}

void AE_NAME(dense_tiled)(const struct ae_dense_tiled *args, const int8_t *in, int8_t *out)
{
    const int32_t depth = args->depth;
    const int32_t channels = args->channels;
    const uint32_t too_much = (uint32_t)added(in, depth);
    const int32_t *weights = args->weights;
    const int32_t *channel = args->channel;
    int32_t sums[8];

    for (int32_t c = 0; c < channels; c++) {
        uint32_t sum;

        if (c % 8 == 0) {
            AE_NAME(eight_sums)(in, in + depth, weights, weights + (c + 4 < channels ? depth : 0),
                                sums);
            weights += 2 * depth;
        }
        sum = (uint32_t)sums[c % 8] - too_much + (uint32_t)channel[0];
        out[c] = ae_tiled_result((int32_t)sum, channel, args->output_zero, args->low, args->high);
        channel += 3;
    }
}
