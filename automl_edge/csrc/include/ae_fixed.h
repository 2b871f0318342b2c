/* SPDX-License-Identifier: 0BSD */
/*
 * The fixed-point arithmetic of int8 inference, bit for bit that of TensorFlow Lite Micro.
 *
 * TFLM takes it from gemmlowp: a multiplier is a Q0.31 number and a shift, and a product
 * is rounded twice. Signed values are shifted right arithmetically, which C99 leaves to
 * the implementation and every compiler for these cores does.
 */
#ifndef AE_FIXED_H
#define AE_FIXED_H

#include <stdint.h>

/* round(a * b / 2^31), halves upwards; a and b are not both INT32_MIN. */
static inline int32_t ae_multiply_high(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + ((int64_t)1 << 30)) >> 31);
}

/* round(x / 2^exponent), halves away from zero; exponent is 1 to 32, x not INT32_MIN. */
static inline int32_t ae_divide_by_power(int32_t x, int32_t exponent)
{
    return (((x + (x >> 31)) >> (exponent - 1)) + 1) >> 1;
}

/* x * multiplier / 2^31 * 2^shift in two roundings; multiplier is positive, shift -31 to 31.
 * As in TFLM, x * 2^shift wraps around. */
static inline int32_t ae_scale(int32_t x, int32_t multiplier, int32_t shift)
{
    if (shift >= 0) {
        return ae_multiply_high((int32_t)((uint32_t)x << shift), multiplier);
    }
    return ae_divide_by_power(ae_multiply_high(x, multiplier), -shift);
}

/* x limited to [low, high]. */
static inline int32_t ae_limit(int32_t x, int32_t low, int32_t high)
{
    if (x < low) {
        x = low;
    }
    if (x > high) {
        x = high;
    }
    return x;
}

/* x + zero limited to [low, high] of int8, however large x is. */
static inline int8_t ae_to_int8(int32_t x, int32_t zero, int32_t low, int32_t high)
{
    return (int8_t)(ae_limit(x, low - zero, high - zero) + zero);
}

#endif
