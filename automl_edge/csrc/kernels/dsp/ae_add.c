/* SPDX-License-Identifier: 0BSD */
/* With the high multiplication that rounds; the plain C of the same name defines it. */
#include "ae_fixed.h"
#include "ae_kernels.h"

/* Bits by which both inputs are widened before they are scaled to a common unit. */
#define HEADROOM 20

/* A multiplier below 1 and its right shift, as the instructions take them. */
struct factor {
    int32_t doubled;
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

/* round(x * multiplier / 2^31): as 2 * multiplier is from 2^31 on, it is negative as a register
 * holds it, x * 2^32 too little. */
static inline __attribute__((always_inline)) int32_t high(int32_t x, int32_t doubled)
{
    int32_t product;

    __asm__("smmlar %0, %1, %2, %1" : "=r"(product) : "r"(x), "r"(doubled));
    return product;
}

/* ae_scale(x, multiplier, shift) */
static inline __attribute__((always_inline)) int32_t scale(int32_t x, struct factor by)
{
    const int32_t product = high(x, by.doubled);

    return (product + ((product >> 31) & by.ones) + by.half) >> by.shift;
}

/* The sums of `count` neighbours. */
static void add_run(const struct ae_add *args, const int8_t *a, const int8_t *b, int32_t step_a,
                    int32_t step_b, int8_t *out, int32_t count)
{
    const struct factor of_a = factor_of(args->multiplier_a, args->shift_a);
    const struct factor of_b = factor_of(args->multiplier_b, args->shift_b);
    const struct factor of_sum = factor_of(args->multiplier, args->shift);
    const int32_t zero_a = args->zero_a * (1 << HEADROOM);
    const int32_t zero_b = args->zero_b * (1 << HEADROOM);
    const int32_t zero = args->output_zero;
    const int32_t low = args->low;
    const int32_t most = args->high;
    int8_t *const end = out + count;

    while (out != end) {
        const int32_t sum = scale(*a * (1 << HEADROOM) - zero_a, of_a) +
                            scale(*b * (1 << HEADROOM) - zero_b, of_b);

        *out++ = (int8_t)ae_limit(scale(sum, of_sum) + zero, low, most);
        a += step_a;
        b += step_b;
    }
}

void AE_NAME(add)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out)
{
    const struct ae_broadcast *shape = &args->shape;
    const int32_t *step_a = shape->stride_a;
    const int32_t *step_b = shape->stride_b;

    for (int32_t i = 0; i < shape->size[0]; i++) {
        for (int32_t j = 0; j < shape->size[1]; j++) {
            for (int32_t k = 0; k < shape->size[2]; k++) {
                add_run(args, a + i * step_a[0] + j * step_a[1] + k * step_a[2],
                        b + i * step_b[0] + j * step_b[1] + k * step_b[2], step_a[3], step_b[3],
                        out, shape->size[3]);
                out += shape->size[3];
            }
        }
    }
}
