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

#define PUT TWO_CHANNELS("", "r3", "r5") TWO_CHANNELS(", ror #8", "r4", "r6")

__attribute__((naked)) void AE_NAME(strip_line)(const struct ae_strip_line *args
                                                __attribute__((unused)),
                                                const int8_t *in __attribute__((unused)),
                                                int32_t *line __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "mov lr, r0\n"
        "mov r3, r2\n"
        "ldrd r0, r12, [lr]\n"
        "add r4, r3, r12, lsl #2\n"
        "add r5, r4, r12, lsl #2\n"
        "add r6, r5, r12, lsl #2\n"
        "ldrd r8, r2, [lr, #8]\n"
        "cmp r8, #0\n"
        "beq 1f\n"
        "ldr r7, [lr, #24]\n"
        "ldr r8, [r1]\n"
        "add r1, r1, r0\n"
        PUT
        "1:\n"
        "cmp r2, #0\n"
        "beq 3f\n"
        "2:\n"
        "ldr r7, [r1]\n"
        "ldr r8, [r1, r0]\n"
        "add r1, r1, r0, lsl #1\n"
        PUT
        "subs r2, #1\n"
        "bne 2b\n"
        "3:\n"
        "ldrd r8, r2, [lr, #16]\n"
        "cmp r8, #0\n"
        "beq 4f\n"
        "ldr r7, [r1]\n"
        "ldr r8, [lr, #24]\n"
        PUT
        "4:\n"
        "cmp r2, #0\n"
        "beq 6f\n"
        "ldr r7, [lr, #24]\n"
        "sxtb16 r7, r7\n"
        "5:\n"
        "str r7, [r3], #12\n"
        "str r7, [r4], #12\n"
        "str r7, [r5], #12\n"
        "str r7, [r6], #12\n"
        "subs r2, #1\n"
        "bne 5b\n"
        "6:\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
