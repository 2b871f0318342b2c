/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

void AE_NAME(tile_sums)(const int8_t *columns, const int8_t *weights, const int8_t *end,
                        int32_t *sums)
{
    for (int32_t i = 0; i < AE_TILED * AE_TILED; i++) {
        sums[i] = 0;
    }
    for (; columns != end; columns += AE_TILED) {
        for (int32_t i = 0; i < AE_TILED * AE_TILED; i++) {
            sums[i] += weights[i / AE_TILED] * columns[i % AE_TILED];
        }
        weights += AE_TILED;
    }
}
