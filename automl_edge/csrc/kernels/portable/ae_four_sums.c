/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

/* The weight of channel `c` of four. */
static int32_t weight_of(int32_t word, int32_t c)
{
    const int32_t low = ae_weight(word, c / 2 * 2);
    const int32_t half = c < 2 ? (int32_t)((uint32_t)word & 0xFFFFu) - 0x8000 : word >> 16;

    return c % 2 == 0 ? low : (half - low) / 256;
}

void AE_NAME(four_sums)(const int32_t *column, const int32_t *weights, int32_t depth, int32_t *sums)
{
    for (int32_t c = 0; c < 4; c++) {
        for (int32_t i = 0; i < depth; i++) {
            sums[c] += column[i] * weight_of(weights[i], c);
        }
    }
}
