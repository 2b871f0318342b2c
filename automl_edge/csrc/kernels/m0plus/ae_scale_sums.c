/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"
#include "ae_thumb.h"

/* The limits are r8 and r9, the bias r10, the pitch r11 and the end of the sums r12. The next
 * sum is at lr and goes to r7. */
AE_NAKED void AE_NAME(scale_sums)(AE_GIVEN const int32_t *sums,
                                  AE_GIVEN const struct ae_scaled *to)
{
    __asm__(AE_ENTER
            "mov  lr, r0\n"
            "ldm  r1!, {r2-r7}\n"
            "mov  r11, r4\n"
            "lsls r5, r5, #2\n"
            "adds r5, r5, r0\n"
            "mov  r12, r5\n"
            "mov  r8, r7\n"
            "ldr  r0, [r1]\n"
            "mov  r9, r0\n"
            "mov  r7, r3\n"
            "ldm  r2!, {r0, r4, r5}\n"
            "mov  r10, r0\n"
            "lsrs r3, r4, #16\n"
            "uxth r4, r4\n"
            "1:\n"
            "mov  r2, lr\n"
            "ldm  r2!, {r0}\n"
            "mov  lr, r2\n"
            "add  r0, r10\n"
            AE_SCALE_SUM("r8", "r9")
            "strb r0, [r7]\n"
            "add  r7, r11\n"
            "cmp  lr, r12\n"
            "bne  1b\n"
            AE_LEAVE);
}
