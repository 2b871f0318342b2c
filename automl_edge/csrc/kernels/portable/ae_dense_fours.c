/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

void AE_NAME(dense_fours)(const struct ae_dense_fours *args, const int8_t *in, int8_t *out,
                          int8_t *scratch)
{
    const int32_t depth = (args->depth + 3) / 4 * 4;
    int32_t *const column = (int32_t *)(void *)scratch;
    const int32_t *weights = args->weights;
    struct ae_scaled to = {args->channel,     out,       1,         1,
                           args->output_zero, args->low, args->high};
    int32_t sums[4];

    for (int32_t i = 0; i < args->depth; i++) {
        column[i] = in[i];
    }
    for (int32_t i = args->depth; i < depth; i++) {
        column[i] = 0;
    }
    for (int32_t c = 0; c < args->channels; c++) {
        if (c % 4 == 0) {
            AE_NAME(four_sums)(column, weights, depth, sums);
            weights += depth;
        }
        AE_NAME(scale_sums)(sums + c % 4, &to);
        to.channel += 3;
        to.out++;
    }
}
