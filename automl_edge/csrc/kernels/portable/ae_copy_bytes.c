/* SPDX-License-Identifier: 0BSD */
#include "ae_packed.h"

int8_t *AE_NAME(copy_bytes)(int8_t *to, const int8_t *from, int32_t count)
{
    for (; count > 0; count--) {
        *to++ = *from++;
    }
    return to;
}
