/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"
#include "ae_thumb.h"

/* A column of taps: inputs at r0, r1 and r2 + r3, weights three words apart on the stack. */
#define COLUMN(w0, w1, w2)                                                                         \
    "ldrsb r4, [r0, r3]\n"                                                                         \
    "ldr  r5, [sp, #" w0 "]\n"                                                                     \
    "muls r5, r4, r5\n"                                                                            \
    "adds r6, r6, r5\n"                                                                            \
    "ldrsb r4, [r1, r3]\n"                                                                         \
    "ldr  r5, [sp, #" w1 "]\n"                                                                     \
    "muls r5, r4, r5\n"                                                                            \
    "adds r6, r6, r5\n"                                                                            \
    "ldrsb r4, [r2, r3]\n"                                                                         \
    "ldr  r5, [sp, #" w2 "]\n"                                                                     \
    "muls r5, r4, r5\n"                                                                            \
    "adds r6, r6, r5\n"

/* The nine weights are widened onto the stack once; r7 is where sums go, r12 their end, lr the
 * stride less the two columns that the sum before went on by. */
AE_NAKED void AE_NAME(row_sums)(AE_GIVEN const int8_t *const *rows, AE_GIVEN const int8_t *weights,
                                AE_GIVEN int32_t *sums,
                                AE_GIVEN const int32_t *count_and_stride)
{
    __asm__(".syntax unified\n"
            "push {r4-r7, lr}\n"
            "sub  sp, sp, #36\n"
            "mov  r7, r2\n"
            "ldm  r3!, {r4, r5}\n"
            "lsls r4, r4, #2\n"
            "adds r4, r4, r2\n"
            "mov  r12, r4\n"
            "subs r5, r5, #2\n"
            "mov  lr, r5\n"
            "mov  r6, sp\n"
            "movs r3, #0\n"
            "1:\n"
            "ldrsb r4, [r1, r3]\n"
            "stm  r6!, {r4}\n"
            "adds r3, r3, #1\n"
            "cmp  r3, #9\n"
            "bne  1b\n"
            "ldm  r0!, {r1, r2, r3}\n"
            "movs r0, r1\n"
            "movs r1, r2\n"
            "movs r2, r3\n"
            "movs r3, #0\n"
            "2:\n"
            "movs r6, #0\n" COLUMN("0", "12", "24")
            "adds r3, r3, #1\n" COLUMN("4", "16", "28")
            "adds r3, r3, #1\n" COLUMN("8", "20", "32")
            "add  r3, lr\n"
            "stm  r7!, {r6}\n"
            "cmp  r7, r12\n"
            "bne  2b\n"
            "add  sp, sp, #36\n"
            "pop  {r4-r7, pc}\n");
}
