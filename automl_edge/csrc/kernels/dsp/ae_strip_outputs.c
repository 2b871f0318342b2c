/* SPDX-License-Identifier: 0BSD */
/* Two outputs at a time; the plain C of the same name defines it. */
#include "ae_packed.h"

/* Sums of two neighbouring outputs in r10 and r11; r4 to r9 are the weights. */
#define SUMS                       \
    "vmov r10, s0\n"               \
    "mov r11, r10\n"               \
    "ldmia r0!, {r1, r2, r3}\n"    \
    "smlad r10, r1, r4, r10\n"     \
    "smlatb r11, r1, r4, r11\n"    \
    "smlad r10, r2, r6, r10\n"     \
    "smlatb r11, r2, r6, r11\n"    \
    "smlad r10, r3, r8, r10\n"     \
    "smlatb r11, r3, r8, r11\n"    \
    "ldmia r0, {r1, r2, r3}\n"     \
    "smlabt r10, r1, r5, r10\n"    \
    "smlad r11, r1, r5, r11\n"     \
    "smlabt r10, r2, r7, r10\n"    \
    "smlad r11, r2, r7, r11\n"     \
    "smlabt r10, r3, r9, r10\n"    \
    "smlad r11, r3, r9, r11\n"     \
    "vmov r1, s1\n"                \
    "vmov r2, s2\n"                \
    "vmov r3, s3\n"                \
    "smmlar r10, r10, r1, r10\n"   \
    "smmlar r11, r11, r1, r11\n"

#define STORE                      \
    "smmlar r10, r10, r2, r3\n"    \
    "smmlar r11, r11, r2, r3\n"    \
    "ssat r10, #8, r10\n"          \
    "ssat r11, #8, r11\n"          \
    "strb r11, [r12, lr]\n"        \
    "strb r10, [r12]\n"            \
    "add r12, r12, lr, lsl #1\n"   \
    "vmov r1, s4\n"                \
    "cmp r0, r1\n"

/*
 * s0 to s2: bias and factors; s3: output zero; s4: where pairs of outputs end; s5: whether one
 * more is to come; s6: is_signed. The last of an odd number is a pair whose second output
 * goes where the first is then stored.
 */
__attribute__((naked)) void AE_NAME(strip_outputs)(const struct ae_strip *args
                                                   __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "ldmia r0!, {r1, r2, r3, r12, lr}\n"
        "vldmia r3, {s0-s2}\n"
        "vldr s3, [r0, #4]\n"
        "vldr s6, [r0, #8]\n"
        "ldr r3, [r0]\n"
        "mov r0, r1\n"
        "and r1, r3, #1\n"
        "vmov s5, r1\n"
        "lsrs r3, r3, #1\n"
        "add r3, r3, r3, lsl #1\n"
        "add r3, r0, r3, lsl #2\n"
        "vmov s4, r3\n"
        "ldmia r2, {r4, r5, r6, r7, r8, r9}\n"
        "cmp r0, r3\n"
        "beq 4f\n"
        "1:\n"
        "vmov r1, s6\n"
        "cmp r1, #0\n"
        "bne 3f\n"
        "2:\n"
        SUMS
        STORE
        "bne 2b\n"
        "b 4f\n"
        "3:\n"
        SUMS
        "add r10, r10, r10, asr #31\n"
        "add r11, r11, r11, asr #31\n"
        STORE
        "bne 3b\n"
        "4:\n"
        "vmov r1, s5\n"
        "cmp r1, #0\n"
        "beq 5f\n"
        "movs r1, #0\n"
        "vmov s5, r1\n"
        "mov lr, r1\n"
        "add r1, r0, #12\n"
        "vmov s4, r1\n"
        "b 1b\n"
        "5:\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
