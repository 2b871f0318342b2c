/* SPDX-License-Identifier: 0BSD */
/* The sum of two int8 with scales of their own. */
#ifndef AE_SUM_H
#define AE_SUM_H

#include "ae_fixed.h"
#include "ae_kernels.h"

/* Bits by which both inputs are widened before they are scaled to a common unit. */
#define AE_SUM_HEADROOM 20

static inline int8_t ae_sum(const struct ae_add *args, int32_t a, int32_t b)
{
    const int32_t wide_a = (a - args->zero_a) * (1 << AE_SUM_HEADROOM);
    const int32_t wide_b = (b - args->zero_b) * (1 << AE_SUM_HEADROOM);
    const int32_t scaled_a = ae_scale(wide_a, args->multiplier_a, args->shift_a);
    const int32_t scaled_b = ae_scale(wide_b, args->multiplier_b, args->shift_b);
    const int32_t scaled = ae_scale(scaled_a + scaled_b, args->multiplier, args->shift);

    return ae_to_int8(scaled, args->output_zero, args->low, args->high);
}

#endif
