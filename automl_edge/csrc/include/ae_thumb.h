/* SPDX-License-Identifier: 0BSD */
/* What kernels in Thumb assembly for Cortex-M0+ share: see csrc/kernels/m0plus. */
#ifndef AE_THUMB_H
#define AE_THUMB_H

/* A function of assembly alone, and a parameter that it finds in its register. */
#define AE_NAKED __attribute__((naked))
#define AE_GIVEN __attribute__((unused))

/* Save r4 to r11 and the way back, and return with them restored. */
#define AE_ENTER                                                                                   \
    ".syntax unified\n"                                                                            \
    "push {r4-r7, lr}\n"                                                                           \
    "mov  r4, r8\n"                                                                                \
    "mov  r5, r9\n"                                                                                \
    "mov  r6, r10\n"                                                                               \
    "mov  r7, r11\n"                                                                               \
    "push {r4-r7}\n"
#define AE_LEAVE                                                                                   \
    "pop  {r4-r7}\n"                                                                               \
    "mov  r8, r4\n"                                                                                \
    "mov  r9, r5\n"                                                                                \
    "mov  r10, r6\n"                                                                               \
    "mov  r11, r7\n"                                                                               \
    "pop  {r4-r7, pc}\n"

/*
 * The sum in r0 as int8, in r0. The multiplier's halves are r3 and r4, the right shift r5, the
 * zero point r6; `low` and `high` are the registers of the limits; r1 and r2 are changed.
 *
 * The product is made of four halves, the sum being 2^16 * r0 + r1 with r1 signed. What a shift
 * loses last is the carry that rounds.
 */
#define AE_SCALE_SUM(low, high)                                                                    \
    "sxth r1, r0\n"                                                                                \
    "subs r0, r0, r1\n"                                                                            \
    "asrs r0, r0, #16\n"                                                                           \
    "movs r2, r1\n"                                                                                \
    "muls r2, r4, r2\n"                                                                            \
    "asrs r2, r2, #16\n"                                                                           \
    "muls r1, r3, r1\n"                                                                            \
    "adds r1, r1, r2\n"                                                                            \
    "movs r2, r0\n"                                                                                \
    "muls r2, r4, r2\n"                                                                            \
    "adds r1, r1, r2\n"                                                                            \
    "muls r0, r3, r0\n"                                                                            \
    "lsls r0, r0, #1\n"                                                                            \
    "asrs r1, r1, #15\n"                                                                           \
    "adcs r0, r0, r1\n"                                                                            \
    "asrs r1, r0, #31\n"                                                                           \
    "adds r0, r0, r1\n"                                                                            \
    "asrs r0, r0, r5\n"                                                                            \
    "adcs r0, r0, r6\n"                                                                            \
    "cmp  r0, " low "\n"                                                                           \
    "bge  7f\n"                                                                                    \
    "mov  r0, " low "\n"                                                                           \
    "7:\n"                                                                                         \
    "cmp  r0, " high "\n"                                                                          \
    "ble  8f\n"                                                                                    \
    "mov  r0, " high "\n"                                                                          \
    "8:\n"

#endif
