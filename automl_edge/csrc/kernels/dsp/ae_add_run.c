/* SPDX-License-Identifier: 0BSD */
/* With the high multiplication that rounds; the plain C of the same name defines it. */
#include "ae_kernels.h"
#include "ae_lanes.h"

/* Bits by which both inputs are widened: see ae_sum.h. */
#define HEADROOM 20

/* What the loop holds in registers, in their order. The input with the larger scale, `a`, is
 * multiplied by a half, which is a shift less; the other one by a factor and 2^-shift. */
struct loop {
    const int8_t *a;
    const int8_t *b;
    int8_t *out;
    const int8_t *end;
    int32_t zero_a;
    int32_t zero_b;
    int32_t factor_b;
    int32_t half;
    int32_t shift;
    int32_t first;
    int32_t second;
    int32_t output_zero;
};

void AE_NAME(add_loop)(const struct loop *loop);

__attribute__((naked)) void AE_NAME(add_loop)(const struct loop *loop __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "ldmia r0, {r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r12, lr}\n"
        "cmp r2, r3\n"
        "beq 2f\n"
        "1:\n"
        "ldrsb r10, [r0], #1\n"
        "ldrsb r11, [r1], #1\n"
        "rsb r10, r4, r10, lsl #19\n"
        "rsb r11, r5, r11, lsl #20\n"
        "smmlar r11, r11, r6, r11\n"
        "add r11, r11, r11, asr #31\n"
        "add r11, r11, r7\n"
        "asr r11, r11, r8\n"
        "add r10, r10, r11\n"
        "smmlar r10, r10, r9, r10\n"
        "add r10, r10, r10, asr #31\n"
        "smmlar r10, r10, r12, lr\n"
        "ssat r10, #8, r10\n"
        "strb r10, [r2], #1\n"
        "cmp r2, r3\n"
        "bne 1b\n"
        "2:\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}

/* Without a shift both scales are alike: the doubled value, halved again by the loop. */
void AE_NAME(add_run)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out)
{
    const int a_is_larger = args->shift_a == 0;
    const int32_t multiplier = a_is_larger ? args->multiplier_b : args->multiplier_a;
    const int32_t shift = -(a_is_larger ? args->shift_b : args->shift_a);
    const int32_t zero_a = a_is_larger ? args->zero_a : args->zero_b;
    const int32_t zero_b = a_is_larger ? args->zero_b : args->zero_a;
    const int32_t count = args->shape.size[3];
    struct loop loop;

    loop.a = a_is_larger ? a : b;
    loop.b = a_is_larger ? b : a;
    loop.out = out;
    loop.end = out + count;
    loop.zero_a = zero_a * (1 << (HEADROOM - 1));
    loop.zero_b = zero_b * (1 << HEADROOM);
    loop.factor_b = shift == 0 ? 0 : (int32_t)((uint32_t)multiplier << 1);
    loop.shift = shift == 0 ? 1 : shift;
    loop.half = 1 << (loop.shift - 1);
    loop.first = (int32_t)((uint32_t)args->multiplier << 1);
    loop.second = 1 << (32 + args->shift);
    loop.output_zero = args->output_zero;
    AE_NAME(add_loop)(&loop);
    ae_limit_all(out, count, args->low, args->high);
}
