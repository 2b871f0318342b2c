/* SPDX-License-Identifier: 0BSD */
/* Words of any alignment; the plain C of the same name defines it. */
#include "ae_packed.h"

__attribute__((naked)) int8_t *AE_NAME(fill_bytes)(int8_t *to __attribute__((unused)),
                                                   int32_t count __attribute__((unused)),
                                                   int32_t value __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "uxtb r2, r2\n"
        "orr r2, r2, r2, lsl #8\n"
        "orr r2, r2, r2, lsl #16\n"
        "subs r1, #4\n"
        "blt 2f\n"
        "1:\n"
        "str r2, [r0], #4\n"
        "subs r1, #4\n"
        "bge 1b\n"
        "2:\n"
        "adds r1, #4\n"
        "beq 4f\n"
        "3:\n"
        "strb r2, [r0], #1\n"
        "subs r1, #1\n"
        "bne 3b\n"
        "4:\n"
        "bx lr\n");
}
