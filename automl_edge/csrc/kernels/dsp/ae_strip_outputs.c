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
 * more is to come; s6: is_signed; s7: strip; s8: weights; s9: channel's constants; s10: output;
 * s11: bytes of all pairs; s12: channels left; s13: distance of strips; s14: whether outputs
 * are odd in number; s15: pitch. The last of an odd number is a pair whose second output goes
 * where the first is then stored.
 */
__attribute__((naked)) void AE_NAME(strip_outputs)(const struct ae_strips *args
                                                   __attribute__((unused)),
                                                   const int32_t *weights __attribute__((unused)),
                                                   int8_t *out __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "ldmia r0!, {r3, r4, r5, r6}\n"
        "lsls r5, r5, #2\n"
        "vmov s7, r3\n"
        "vmov s8, r1\n"
        "vmov s9, r4\n"
        "vmov s10, r2\n"
        "vmov s13, r5\n"
        "vmov s15, r6\n"
        "ldmia r0, {r1, r2, r3, r4}\n"
        "and r5, r1, #1\n"
        "lsrs r1, r1, #1\n"
        "add r1, r1, r1, lsl #1\n"
        "lsls r1, r1, #2\n"
        "vmov s11, r1\n"
        "vmov s12, r2\n"
        "vmov s3, r3\n"
        "vmov s6, r4\n"
        "vmov s14, r5\n"

        "1:\n" /* a channel */
        "vmov r0, s7\n"
        "vmov r1, s8\n"
        "vmov r2, s9\n"
        "vmov r12, s10\n"
        "vmov lr, s15\n"
        "vldmia r2!, {s0-s2}\n"
        "vmov s9, r2\n"
        "ldmia r1!, {r4, r5, r6, r7, r8, r9}\n"
        "adds r1, #16\n"
        "vmov s8, r1\n"
        "add r1, r12, #1\n"
        "vmov s10, r1\n"
        "vmov r1, s13\n"
        "add r1, r1, r0\n"
        "vmov s7, r1\n"
        "vmov r2, s14\n"
        "vmov s5, r2\n"
        "vmov r1, s11\n"
        "add r1, r1, r0\n"
        "vmov s4, r1\n"
        "cmp r0, r1\n"
        "beq 5f\n"

        "2:\n" /* pairs of outputs */
        "vmov r1, s6\n"
        "cmp r1, #0\n"
        "bne 4f\n"
        "3:\n"
        SUMS
        STORE
        "bne 3b\n"
        "b 5f\n"
        "4:\n"
        SUMS
        "add r10, r10, r10, asr #31\n"
        "add r11, r11, r11, asr #31\n"
        STORE
        "bne 4b\n"
        "5:\n"
        "vmov r1, s5\n"
        "cmp r1, #0\n"
        "beq 6f\n"
        "movs r1, #0\n"
        "vmov s5, r1\n"
        "mov lr, r1\n"
        "add r1, r0, #12\n"
        "vmov s4, r1\n"
        "b 2b\n"

        "6:\n"
        "vmov r1, s12\n"
        "subs r1, #1\n"
        "vmov s12, r1\n"
        "bne 1b\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
