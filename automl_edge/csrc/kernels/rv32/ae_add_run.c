/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"
#include "ae_sum.h"
#include "ae_tiled.h"

/* ae_scale, the multiplier doubled. */
static inline int32_t scaled(int32_t x, uint32_t doubled, int32_t shift)
{
    if (shift >= 0) {
        return ae_multiply_doubled((int32_t)((uint32_t)x << shift), doubled);
    }
    return ae_divide_by_power(ae_multiply_doubled(x, doubled), -shift);
}

/* Arguments are read once, before a byte is written that might be one of theirs. */
void AE_NAME(add_run)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out)
{
    const uint32_t double_a = 2 * (uint32_t)args->multiplier_a;
    const uint32_t double_b = 2 * (uint32_t)args->multiplier_b;
    const uint32_t doubled = 2 * (uint32_t)args->multiplier;
    const int32_t shift_a = args->shift_a;
    const int32_t shift_b = args->shift_b;
    const int32_t shift = -args->shift;
    const int32_t zero_a = args->zero_a;
    const int32_t zero_b = args->zero_b;
    const int32_t zero = args->output_zero;
    const int32_t low = args->low - zero;
    const int32_t high = args->high - zero;
    const int8_t *const end = out + args->shape.size[3];

    while (out != end) {
        const int32_t wide_a = (*a++ - zero_a) * (1 << AE_SUM_HEADROOM);
        const int32_t wide_b = (*b++ - zero_b) * (1 << AE_SUM_HEADROOM);
        const int32_t sum = scaled(wide_a, double_a, shift_a) + scaled(wide_b, double_b, shift_b);
        const int32_t result = ae_divide_by_power(ae_multiply_doubled(sum, doubled), shift);

        *out++ = (int8_t)(ae_limit(result, low, high) + zero);
    }
}
