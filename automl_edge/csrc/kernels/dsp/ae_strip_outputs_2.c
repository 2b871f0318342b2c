/* SPDX-License-Identifier: 0BSD */
/* The plain C of the same name defines it. */
#include "ae_packed.h"

/*
 * s0 to s2: bias and factors; s3: output zero; s4: where the outputs end; s7: strip; s8: weights;
 * s9: channel's constants; s10: output; s11: bytes of all outputs' words; s12: channels left;
 * s13: distance of strips; r11: all ones where negative results are rounded as TFLM does.
 */
__attribute__((naked)) void AE_NAME(strip_outputs_2)(const struct ae_strips *args
                                                     __attribute__((unused)),
                                                     const int32_t *weights __attribute__((unused)),
                                                     int8_t *out __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "ldmia r0!, {r3, r4, r5, lr}\n"
        "lsls r5, r5, #2\n"
        "vmov s7, r3\n"
        "vmov s8, r1\n"
        "vmov s9, r4\n"
        "vmov s10, r2\n"
        "vmov s13, r5\n"
        "ldmia r0, {r1, r2, r3, r4}\n"
        "add r1, r1, r1, lsl #1\n"
        "lsls r1, r1, #2\n"
        "vmov s11, r1\n"
        "vmov s12, r2\n"
        "vmov s3, r3\n"
        "rsb r11, r4, #0\n"

        "1:\n" /* a channel */
        "vmov r0, s7\n"
        "vmov r1, s8\n"
        "vmov r2, s9\n"
        "vmov r12, s10\n"
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
        "vmov r1, s11\n"
        "add r1, r1, r0\n"
        "vmov s4, r1\n"
        "2:\n"
        "vmov r10, s0\n"
        "ldmia r0!, {r1, r2, r3}\n"
        "smlad r10, r1, r4, r10\n"
        "smlad r10, r2, r6, r10\n"
        "smlad r10, r3, r8, r10\n"
        "ldmia r0, {r1, r2, r3}\n"
        "smlabt r10, r1, r5, r10\n"
        "smlabt r10, r2, r7, r10\n"
        "smlabt r10, r3, r9, r10\n"
        "vmov r1, s1\n"
        "vmov r2, s2\n"
        "vmov r3, s3\n"
        "smmlar r10, r10, r1, r10\n"
        "and r1, r11, r10, asr #31\n"
        "add r10, r10, r1\n"
        "smmlar r10, r10, r2, r3\n"
        "ssat r10, #8, r10\n"
        "strb r10, [r12]\n"
        "add r12, r12, lr\n"
        "vmov r1, s4\n"
        "cmp r0, r1\n"
        "bne 2b\n"
        "vmov r1, s12\n"
        "subs r1, #1\n"
        "vmov s12, r1\n"
        "bne 1b\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
