/* SPDX-License-Identifier: 0BSD */
/* The plain C of the same name defines it. */
#include "ae_packed.h"

__attribute__((naked)) int32_t *AE_NAME(widen_pixel)(const int8_t *in __attribute__((unused)),
                                                     int32_t quads __attribute__((unused)),
                                                     int32_t *column __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "cmp r1, #0\n"
        "beq 2f\n"
        "1:\n"
        "ldr r12, [r0], #4\n"
        "sxtb16 r3, r12\n"
        "sxtb16 r12, r12, ror #8\n"
        "stmia r2!, {r3, r12}\n"
        "subs r1, #1\n"
        "bne 1b\n"
        "2:\n"
        "mov r0, r2\n"
        "bx lr\n");
}
