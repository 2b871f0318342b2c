/* SPDX-License-Identifier: 0BSD */
/* The plain C of the same name defines it. */
#include "ae_packed.h"

__attribute__((naked)) int32_t *AE_NAME(widen_tile)(const int8_t *const *pixels
                                                    __attribute__((unused)),
                                                    int32_t quads __attribute__((unused)),
                                                    int32_t *columns __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "ldmia r0, {r3, r4, r5, r6}\n"
        "mov r0, r2\n"
        "cmp r1, #0\n"
        "beq 2f\n"
        "1:\n"
        "ldr r7, [r3], #4\n"
        "ldr r8, [r4], #4\n"
        "ldr r9, [r5], #4\n"
        "ldr r10, [r6], #4\n"
        "sxtb16 r2, r7\n"
        "sxtb16 r11, r8\n"
        "sxtb16 r12, r9\n"
        "sxtb16 lr, r10\n"
        "stmia r0!, {r2, r11, r12, lr}\n"
        "sxtb16 r7, r7, ror #8\n"
        "sxtb16 r8, r8, ror #8\n"
        "sxtb16 r9, r9, ror #8\n"
        "sxtb16 r10, r10, ror #8\n"
        "stmia r0!, {r7, r8, r9, r10}\n"
        "subs r1, #1\n"
        "bne 1b\n"
        "2:\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
