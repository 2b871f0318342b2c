/* SPDX-License-Identifier: 0BSD */
/* Words of any alignment; the plain C of the same name defines it. */
#include "ae_packed.h"

__attribute__((naked)) int8_t *AE_NAME(copy_bytes)(int8_t *to __attribute__((unused)),
                                                   const int8_t *from __attribute__((unused)),
                                                   int32_t count __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "subs r2, #4\n"
        "blt 2f\n"
        "1:\n"
        "ldr r3, [r1], #4\n"
        "str r3, [r0], #4\n"
        "subs r2, #4\n"
        "bge 1b\n"
        "2:\n"
        "adds r2, #4\n"
        "beq 4f\n"
        "3:\n"
        "ldrb r3, [r1], #1\n"
        "strb r3, [r0], #1\n"
        "subs r2, #1\n"
        "bne 3b\n"
        "4:\n"
        "bx lr\n");
}
