/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"
#include "ae_thumb.h"

/* Pixels r4 to r7, which are counted up to r12 in r3; r0 and r1 are what is read. */
AE_NAKED int32_t *AE_NAME(paired_columns)(AE_GIVEN const int8_t *const *pixels,
                                          AE_GIVEN int32_t count, AE_GIVEN int32_t *columns)
{
    __asm__(".syntax unified\n"
            "push {r4-r7, lr}\n"
            "ldm  r0!, {r4-r7}\n"
            "mov  r12, r1\n"
            "mov  lr, r7\n"
            "movs r3, #0\n"
            "1:\n"
            "ldrsb r0, [r4, r3]\n"
            "ldrsb r1, [r5, r3]\n"
            "lsls r1, r1, #16\n"
            "adds r0, r0, r1\n"
            "mov  r7, lr\n"
            "ldrsb r1, [r7, r3]\n"
            "ldrsb r7, [r6, r3]\n"
            "lsls r1, r1, #16\n"
            "adds r1, r1, r7\n"
            "stm  r2!, {r0, r1}\n"
            "adds r3, r3, #1\n"
            "cmp  r3, r12\n"
            "bne  1b\n"
            "movs r0, r2\n"
            "pop  {r4-r7, pc}\n");
}
