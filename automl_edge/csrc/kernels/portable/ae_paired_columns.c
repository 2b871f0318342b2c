/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

int32_t *AE_NAME(paired_columns)(const int8_t *const *pixels, int32_t count, int32_t *columns)
{
    for (int32_t i = 0; i < count; i++) {
        *columns++ = pixels[0][i] + pixels[1][i] * 0x10000;
        *columns++ = pixels[2][i] + pixels[3][i] * 0x10000;
    }
    return columns;
}
