/* SPDX-License-Identifier: 0BSD */
/* Words of any alignment; the plain C of the same name defines it. */
#include "ae_packed.h"

__attribute__((naked)) int8_t *AE_NAME(copy_rows)(int8_t *to __attribute__((unused)),
                                                  const int8_t *from __attribute__((unused)),
                                                  int32_t bytes __attribute__((unused)),
                                                  int32_t rows __attribute__((unused)),
                                                  int32_t pitch __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "ldr r12, [sp]\n"
        "push {r4, r5, r6, r7}\n"
        "sub r12, r12, r2\n" /* from the end of a row to the next one */
        "subs r3, #1\n"
        "blt 6f\n"
        "1:\n"
        "subs r4, r2, #8\n"
        "blt 3f\n"
        "2:\n"
        "ldr r5, [r1], #4\n"
        "ldr r6, [r1], #4\n"
        "subs r4, #8\n"
        "str r5, [r0], #4\n"
        "str r6, [r0], #4\n"
        "bge 2b\n"
        "3:\n"
        "adds r4, #8\n"
        "beq 5f\n"
        "4:\n"
        "ldrb r5, [r1], #1\n"
        "strb r5, [r0], #1\n"
        "subs r4, #1\n"
        "bne 4b\n"
        "5:\n"
        "add r1, r1, r12\n"
        "subs r3, #1\n"
        "bge 1b\n"
        "6:\n"
        "pop {r4, r5, r6, r7}\n"
        "bx lr\n");
}
