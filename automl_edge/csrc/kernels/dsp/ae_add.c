/* SPDX-License-Identifier: 0BSD */
/* With the high multiplication that rounds; the plain C of the same name defines it. */
#include "ae_fixed.h"
#include "ae_kernels.h"

/* Bits by which both inputs are widened before they are scaled to a common unit. */
#define HEADROOM 20

/* A multiplier below 1 with its right shift: 2^31 times twice the multiplier less 1, half of
 * 2^shift, and ones where there is a shift. */
struct factor {
    int32_t factor;
    int32_t shift;
    int32_t half;
    int32_t ones;
};

static struct factor factor_of(int32_t multiplier, int32_t shift)
{
    struct factor to = {(int32_t)((uint32_t)multiplier << 1), -shift, 0, 0};

    if (shift < 0) {
        to.half = 1 << (-shift - 1);
        to.ones = -1;
    }
    return to;
}

/* ae_scale(x, multiplier, shift) */
static inline int32_t scale(int32_t x, const struct factor *by)
{
    int32_t high;

    __asm__("smmlar %0, %1, %2, %1" : "=r"(high) : "r"(x), "r"(by->factor));
    return (high + ((high >> 31) & by->ones) + by->half) >> by->shift;
}

void AE_NAME(add)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out)
{
    const struct ae_broadcast *shape = &args->shape;
    const struct factor of_a = factor_of(args->multiplier_a, args->shift_a);
    const struct factor of_b = factor_of(args->multiplier_b, args->shift_b);
    const struct factor of_sum = factor_of(args->multiplier, args->shift);
    const int32_t low = args->low - args->output_zero;
    const int32_t high = args->high - args->output_zero;
    const int32_t zero = args->output_zero;

    for (int32_t i = 0; i < shape->size[0]; i++) {
        for (int32_t j = 0; j < shape->size[1]; j++) {
            for (int32_t k = 0; k < shape->size[2]; k++) {
                const int8_t *pa =
                    a + i * shape->stride_a[0] + j * shape->stride_a[1] + k * shape->stride_a[2];
                const int8_t *pb =
                    b + i * shape->stride_b[0] + j * shape->stride_b[1] + k * shape->stride_b[2];

                for (int32_t l = 0; l < shape->size[3]; l++) {
                    const int32_t wide_a = (*pa - args->zero_a) * (1 << HEADROOM);
                    const int32_t wide_b = (*pb - args->zero_b) * (1 << HEADROOM);
                    const int32_t sum = scale(wide_a, &of_a) + scale(wide_b, &of_b);

                    *out++ = (int8_t)(ae_limit(scale(sum, &of_sum), low, high) + zero);
                    pa += shape->stride_a[3];
                    pb += shape->stride_b[3];
                }
            }
        }
    }
}
