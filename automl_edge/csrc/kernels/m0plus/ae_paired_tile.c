/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"
#include "ae_thumb.h"

/* The next weight, in r3, times the next two pairs. Weights are taken from r2 byte by byte. */
#define PRODUCTS                                                                                   \
    "sxtb r3, r2\n"                                                                                \
    "ldm  r0!, {r4, r5}\n"                                                                         \
    "muls r4, r3, r4\n"                                                                            \
    "muls r5, r3, r5\n"                                                                            \
    "adds r6, r6, r4\n"                                                                            \
    "adds r7, r7, r5\n"                                                                            \
    "asrs r2, r2, #8\n"

/* Add the lanes of r6 and r7 to the four sums. 2^15 was added to each, so none is negative. */
#define TAKE_APART                                                                                 \
    "uxth r2, r6\n"                                                                                \
    "add  r8, r2\n"                                                                                \
    "lsrs r6, r6, #16\n"                                                                           \
    "add  r9, r6\n"                                                                                \
    "uxth r2, r7\n"                                                                                \
    "add  r10, r2\n"                                                                               \
    "lsrs r7, r7, #16\n"                                                                           \
    "add  r11, r7\n"

/* A sum as int8 to r7, which goes on to the next pixel. */
#define SCALE(sum)                                                                                 \
    "mov  r0, " sum "\n" AE_SCALE_SUM("r12", "lr") "strb r0, [r7]\n"                              \
    "ldr  r2, [sp, #24]\n"                                                                         \
    "adds r7, r7, r2\n"

/*
 * The sums of four pixels are r8 to r11. On the stack: columns, fixes, channel (0, 4, 8), zero
 * point, low, high (12, 16, 20), channels, out, channels left (24, 28, 32), bytes of weights of
 * a channel (36) and weights (40).
 */
AE_NAKED void AE_NAME(paired_tile)(AE_GIVEN const struct ae_paired *args,
                                   AE_GIVEN const int32_t *columns, AE_GIVEN int8_t *out)
{
    __asm__(AE_ENTER
            "sub  sp, sp, #44\n"
            "str  r1, [sp, #0]\n"
            "str  r2, [sp, #28]\n"
            "ldm  r0!, {r1-r5}\n"
            "str  r2, [sp, #4]\n"
            "str  r3, [sp, #8]\n"
            "lsls r4, r4, #2\n"
            "str  r4, [sp, #36]\n"
            "str  r5, [sp, #24]\n"
            "str  r5, [sp, #32]\n"
            "movs r3, #0\n"
            "ldrsb r2, [r0, r3]\n"
            "str  r2, [sp, #12]\n"
            "movs r3, #1\n"
            "ldrsb r2, [r0, r3]\n"
            "str  r2, [sp, #16]\n"
            "movs r3, #2\n"
            "ldrsb r2, [r0, r3]\n"
            "str  r2, [sp, #20]\n"
            /* a channel */
            "1:\n"
            "ldr  r0, [sp, #8]\n"
            "ldr  r2, [r0]\n"
            "mov  r8, r2\n"
            "mov  r9, r2\n"
            "mov  r10, r2\n"
            "mov  r11, r2\n"
            "movs r2, #1\n"
            "lsls r3, r2, #31\n"
            "lsls r2, r2, #15\n"
            "adds r2, r2, r3\n"
            "mov  r12, r2\n"
            "ldr  r0, [sp, #0]\n"
            "ldr  r2, [sp, #36]\n"
            "adds r2, r2, r1\n"
            "mov  lr, r2\n"
            /* four weights */
            "2:\n"
            "ldm  r1!, {r2}\n"
            "sxtb r3, r2\n"
            "ldm  r0!, {r6, r7}\n"
            "muls r6, r3, r6\n"
            "muls r7, r3, r7\n"
            "add  r6, r12\n"
            "add  r7, r12\n"
            "asrs r2, r2, #8\n" PRODUCTS PRODUCTS
            "ldm  r0!, {r4, r5}\n"
            "muls r4, r2, r4\n"
            "muls r5, r2, r5\n"
            "adds r6, r6, r4\n"
            "adds r7, r7, r5\n" TAKE_APART
            "cmp  r1, lr\n"
            "bne  2b\n"
            /* fixes, in r5 and counted in r4 */
            "str  r1, [sp, #40]\n"
            "ldr  r0, [sp, #8]\n"
            "ldr  r4, [r0, #8]\n"
            "lsrs r4, r4, #8\n"
            "beq  4f\n"
            "ldr  r5, [sp, #4]\n"
            "ldr  r1, [sp, #0]\n"
            "3:\n"
            "ldm  r5!, {r2}\n"
            "sxtb r3, r2\n"
            "lsrs r2, r2, #8\n"
            "adds r2, r2, r1\n"
            "ldm  r2!, {r6, r7}\n"
            "muls r6, r3, r6\n"
            "muls r7, r3, r7\n"
            "add  r6, r12\n"
            "add  r7, r12\n" TAKE_APART
            "subs r4, r4, #1\n"
            "bne  3b\n"
            "str  r5, [sp, #4]\n"
            /* to int8 */
            "4:\n"
            "ldr  r0, [sp, #8]\n"
            "ldr  r4, [r0, #4]\n"
            "ldrb r5, [r0, #8]\n"
            "adds r0, r0, #12\n"
            "str  r0, [sp, #8]\n"
            "lsrs r3, r4, #16\n"
            "uxth r4, r4\n"
            "ldr  r6, [sp, #12]\n"
            "ldr  r7, [sp, #16]\n"
            "mov  r12, r7\n"
            "ldr  r7, [sp, #20]\n"
            "mov  lr, r7\n"
            "ldr  r7, [sp, #28]\n"
            "adds r0, r7, #1\n"
            "str  r0, [sp, #28]\n" SCALE("r8") SCALE("r9") SCALE("r10") SCALE("r11")
            "ldr  r1, [sp, #40]\n"
            "ldr  r0, [sp, #32]\n"
            "subs r0, r0, #1\n"
            "str  r0, [sp, #32]\n"
            "beq  5f\n"
            "b    1b\n"
            "5:\n"
            "add  sp, sp, #44\n"
            AE_LEAVE);
}
