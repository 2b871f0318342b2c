/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

void AE_NAME(four_sums)(const int32_t *column, const int32_t *weights, int32_t depth, int32_t *sums)
{
    for (int32_t c = 0; c < 4; c++) {
        sums[c] = 0;
        for (int32_t i = 0; i < depth; i++) {
            sums[c] += column[i] * ae_weight(weights[i], c);
        }
    }
}
