/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

void AE_NAME(eight_sums)(const int8_t *in, const int8_t *end, const int32_t *first,
                         const int32_t *second, int32_t *sums)
{
    for (int32_t i = 0; i < 8; i++) {
        const int32_t *const words = i < 4 ? first : second;
        const int32_t shift = 8 * (i % 4);

        sums[i] = 0;
        for (int32_t k = 0; k < end - in; k++) {
            sums[i] += in[k] * (int32_t)((uint32_t)words[k] >> shift & 0xFFu);
        }
    }
}
