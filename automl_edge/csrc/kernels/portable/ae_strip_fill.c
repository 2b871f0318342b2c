/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

void AE_NAME(strip_fill)(const int8_t *in, int32_t pixel, int32_t pairs, int32_t *line,
                         int32_t strip)
{
    for (int32_t i = 0; i < pairs; i++) {
        for (int32_t c = 0; c < 4; c++) {
            line[c * strip] = ae_lanes(in[c], in[pixel + c]);
        }
        in += 2 * pixel;
        line += 3;
    }
}
