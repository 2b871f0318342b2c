/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

int32_t *AE_NAME(widen_tile)(const int8_t *const *pixels, int32_t quads, int32_t *columns)
{
    for (int32_t i = 0; i < quads; i++) {
        for (int32_t p = 0; p < AE_TILE; p++) {
            const int8_t *x = pixels[p] + 4 * i;

            columns[p] = ae_lanes(x[0], x[2]);
            columns[AE_TILE + p] = ae_lanes(x[1], x[3]);
        }
        columns += 2 * AE_TILE;
    }
    return columns;
}
