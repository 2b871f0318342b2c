/* SPDX-License-Identifier: 0BSD */
/* The plain C of the same name defines it. */
#include "ae_packed.h"

/* Channels of two pixels, in r7 and r8, turned by `turn`: the lower one of each to the strip
 * at `low`, the upper one to that at `high`. */
#define TWO_CHANNELS(turn, low, high)     \
    "sxtb16 r9, r7" turn "\n"             \
    "sxtb16 r10, r8" turn "\n"            \
    "pkhbt r11, r9, r10, lsl #16\n"       \
    "pkhtb r12, r10, r9, asr #16\n"       \
    "str r11, [" low "], #12\n"           \
    "str r12, [" high "], #12\n"

__attribute__((naked)) void AE_NAME(strip_fill)(const int8_t *in __attribute__((unused)),
                                                int32_t pixel __attribute__((unused)),
                                                int32_t pairs __attribute__((unused)),
                                                int32_t *line __attribute__((unused)),
                                                int32_t strip __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "ldr r12, [sp]\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11}\n"
        "add r4, r3, r12, lsl #2\n"
        "add r5, r4, r12, lsl #2\n"
        "add r6, r5, r12, lsl #2\n"
        "cmp r2, #0\n"
        "beq 2f\n"
        "1:\n"
        "ldr r7, [r0]\n"
        "ldr r8, [r0, r1]\n"
        "add r0, r0, r1, lsl #1\n"
        TWO_CHANNELS("", "r3", "r5")
        TWO_CHANNELS(", ror #8", "r4", "r6")
        "subs r2, #1\n"
        "bne 1b\n"
        "2:\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11}\n"
        "bx lr\n");
}
