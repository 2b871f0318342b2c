/* SPDX-License-Identifier: 0BSD */
/* Moving past samples that were taken. */
#ifndef AE_TAKE_H
#define AE_TAKE_H

#include <stdint.h>

/* `taken` of `*count` rows of `columns` values are used up. */
static inline void ae_take(const int16_t **samples, uint32_t *count, uint32_t taken,
                           uint32_t columns)
{
    *samples += taken * columns;
    *count -= taken;
}

#endif
