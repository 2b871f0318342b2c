/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"

void AE_NAME(dense)(const struct ae_dense *args, const int8_t *in, int8_t *out)
{
    const int32_t depth = args->depth;
    const int8_t *weights = args->weights;
    int32_t sums[4];
    int32_t channel = 0;

    for (; channel + 4 <= args->channels; channel += 4) {
        AE_NAME(dot_four)(in, weights, depth, sums);
        AE_NAME(requantize)(&args->requantize, channel, sums, 4, out + channel);
        weights += 4 * depth;
    }
    for (; channel < args->channels; channel++) {
        sums[0] = 0;
        for (int32_t i = 0; i < depth; i++) {
            sums[0] += in[i] * *weights++;
        }
        AE_NAME(requantize)(&args->requantize, channel, sums, 1, out + channel);
    }
}
