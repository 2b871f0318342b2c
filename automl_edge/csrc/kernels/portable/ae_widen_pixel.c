/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"

int32_t *AE_NAME(widen_pixel)(const int8_t *in, int32_t quads, int32_t *column)
{
    for (int32_t i = 0; i < quads; i++) {
        *column++ = ae_lanes(in[0], in[2]);
        *column++ = ae_lanes(in[1], in[3]);
        in += 4;
    }
    return column;
}
