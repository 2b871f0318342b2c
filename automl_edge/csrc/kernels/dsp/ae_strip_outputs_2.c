/* SPDX-License-Identifier: 0BSD */
/* The plain C of the same name defines it. */
#include "ae_packed.h"

/* s0 to s2: bias and factors; s3: output zero; s4: where the outputs end; r11: all ones where
 * negative results are rounded as TFLM does. */
__attribute__((naked)) void AE_NAME(strip_outputs_2)(const struct ae_strip *args
                                                     __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "ldmia r0!, {r1, r2, r3, r12, lr}\n"
        "vldmia r3, {s0-s2}\n"
        "vldr s3, [r0, #4]\n"
        "ldr r11, [r0, #8]\n"
        "rsb r11, r11, #0\n"
        "ldr r3, [r0]\n"
        "mov r0, r1\n"
        "add r3, r3, r3, lsl #1\n"
        "add r3, r0, r3, lsl #2\n"
        "vmov s4, r3\n"
        "ldmia r2, {r4, r5, r6, r7, r8, r9}\n"
        "1:\n"
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
        "bne 1b\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
