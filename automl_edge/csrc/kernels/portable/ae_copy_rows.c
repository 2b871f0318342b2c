/* SPDX-License-Identifier: 0BSD */
#include "ae_packed.h"

int8_t *AE_NAME(copy_rows)(int8_t *to, const int8_t *from, int32_t bytes, int32_t rows,
                           int32_t pitch)
{
    for (; rows > 0; rows--) {
        for (int32_t i = 0; i < bytes; i++) {
            *to++ = from[i];
        }
        from += pitch;
    }
    return to;
}
