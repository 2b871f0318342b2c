/* SPDX-License-Identifier: 0BSD */
/* Small integer helpers shared by the front ends. */
#ifndef AE_SIGNAL_H
#define AE_SIGNAL_H

#include <stdint.h>

/* C99 leaves the right shift of negative numbers to the compiler. The front ends rely on
 * the arithmetic shift that every compiler for these cores does; another one stops here. */
typedef char ae_shift_must_be_arithmetic[((-3) >> 1) == -2 ? 1 : -1];

/* 32x32->64-bit multiplication is one instruction on these cores. Cortex-M0+ and friends
 * take two 32-bit multiplications instead; the result is the same to the last bit. */
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
#define AE_HAS_LONG_MULTIPLY 0
#else
#define AE_HAS_LONG_MULTIPLY 1
#endif

/* `value * factor / 2^16`, rounded down; |factor| <= 2^15. */
static inline int32_t ae_multiply_q16(int32_t value, int32_t factor)
{
#if AE_HAS_LONG_MULTIPLY
    return (int32_t)(((int64_t)value * factor) >> 16);
#else
    return (value >> 16) * factor + (((value & 0xffff) * factor) >> 16);
#endif
}

/* `value` limited to what an int8 holds. */
static inline int8_t ae_clamp_to_int8(int32_t value)
{
    return (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
}

#endif
