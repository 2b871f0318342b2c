/* SPDX-License-Identifier: 0BSD */
#include "ae_packed.h"

int8_t *AE_NAME(fill_bytes)(int8_t *to, int32_t count, int32_t value)
{
    for (; count > 0; count--) {
        *to++ = (int8_t)value;
    }
    return to;
}
