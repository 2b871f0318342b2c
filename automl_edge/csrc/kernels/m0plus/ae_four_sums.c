/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"
#include "ae_thumb.h"

/*
 * Products of input `x` with the four weights of word `w`. The whole word, its low byte, its
 * upper half and that half's low byte are each summed; what a sum has too much, another is.
 */
#define PRODUCTS(x, w)                                                                             \
    "asrs r3, " w ", #16\n"                                                                        \
    "sxtb r4, " w "\n"                                                                             \
    "muls " w ", " x ", " w "\n"                                                                   \
    "muls r4, " x ", r4\n"                                                                         \
    "add  r8, r4\n"                                                                                \
    "add  r9, " w "\n"                                                                             \
    "sxtb r4, r3\n"                                                                                \
    "muls r3, " x ", r3\n"                                                                         \
    "muls r4, " x ", r4\n"                                                                         \
    "add  r10, r4\n"                                                                               \
    "add  r11, r3\n"

/* Two inputs. */
#define TWO                                                                                        \
    "ldm  r0!, {r5, r6}\n"                                                                         \
    "ldm  r1!, {r2, r7}\n" PRODUCTS("r5", "r2") PRODUCTS("r6", "r7")

/* What was summed in `sum`, to word `at` of the sums at r4. */
#define ADD(sum, at)                                                                               \
    "ldr  r5, [r4, #" at "]\n"                                                                     \
    "adds r5, r5, " sum "\n"                                                                       \
    "str  r5, [r4, #" at "]\n"

/* The sums are r8 to r11; r12 is the end of the column, where r9 begins with what it would have
 * too much. Where the result goes is kept on the stack. */
AE_NAKED void AE_NAME(four_sums)(AE_GIVEN const int32_t *column, AE_GIVEN const int32_t *weights,
                                 AE_GIVEN int32_t depth, AE_GIVEN int32_t *sums)
{
    __asm__(AE_ENTER
            "push {r3}\n"
            "lsls r2, r2, #2\n"
            "adds r2, r2, r0\n"
            "mov  r12, r2\n"
            "ldr  r2, [r2]\n"
            "mov  r9, r2\n"
            "movs r2, #0\n"
            "mov  r8, r2\n"
            "mov  r10, r2\n"
            "mov  r11, r2\n"
            "1:\n" TWO TWO
            "cmp  r0, r12\n"
            "bne  1b\n"
            "pop  {r4}\n"
            "mov  r0, r8\n"
            "mov  r1, r9\n"
            "subs r1, r1, r0\n"
            "mov  r2, r10\n"
            "mov  r3, r11\n"
            "lsls r5, r3, #16\n"
            "subs r1, r1, r5\n"
            "asrs r1, r1, #8\n"
            "subs r3, r3, r2\n"
            "asrs r3, r3, #8\n"
            ADD("r0", "0") ADD("r1", "4") ADD("r2", "8") ADD("r3", "12")
            AE_LEAVE);
}
