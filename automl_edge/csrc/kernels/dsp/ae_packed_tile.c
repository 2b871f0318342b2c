/* SPDX-License-Identifier: 0BSD */
/* In assembly, since all 14 registers are in use; the plain C of the same name defines it. */
#include "ae_packed.h"

/* One word of a pair's weights times one word of each pixel: r10 to r12 and lr sum both
 * channels, r6 to r9 channel a. */
#define STEP(number)                      \
    "ldmia r0!, {r1, r2, r3, r4}\n"       \
    "vmov r5, s" #number "\n"             \
    "smlad r10, r5, r1, r10\n"            \
    "smlad r11, r5, r2, r11\n"            \
    "smlad r12, r5, r3, r12\n"            \
    "smlad lr, r5, r4, lr\n"              \
    "sxtb16 r5, r5\n"                     \
    "smlad r6, r5, r1, r6\n"              \
    "smlad r7, r5, r2, r7\n"              \
    "smlad r8, r5, r3, r8\n"              \
    "smlad r9, r5, r4, r9\n"

#define WEIGHTS(registers)                \
    "vmov r5, s16\n"                      \
    "vldmia r5!, " registers "\n"         \
    "vmov s16, r5\n"

/* From 256 * b, which is left over, to b with its bias. */
#define SECOND(both, first)               \
    "sub " both ", " both ", " first "\n" \
    "add " both ", r1, " both ", asr #8\n"

#define ROUND(sum)                              \
    "smmlar " sum ", " sum ", r2, " sum "\n"    \
    "smmlar " sum ", " sum ", r3, r4\n"         \
    "ssat " sum ", #8, " sum "\n"

#define ROUND_SIGNED(sum)                       \
    "smmlar " sum ", " sum ", r2, " sum "\n"    \
    "add " sum ", " sum ", " sum ", asr #31\n"  \
    "smmlar " sum ", " sum ", r3, r4\n"         \
    "ssat " sum ", #8, " sum "\n"

#define STORE(b, a)                             \
    "strb " b ", [r0, r1]\n"                    \
    "strb " a ", [r0]\n"                        \
    "add r0, r0, r2\n"

/*
 * s0 to s15 hold weights. s16: next weights; s17: channel's constants; s18: columns; s19:
 * where their blocks of 16 steps end; s20: number of steps; s21: output; s22: distance of b
 * from a, 0 for the last of an odd number of channels, which is then stored over; s23:
 * distance of pixels; s24: output zero; s25: is_signed; s26: channels left.
 */
__attribute__((naked)) void AE_NAME(packed_tile)(const struct ae_packed *args __attribute__((unused)),
                                                 const int32_t *columns __attribute__((unused)),
                                                 int8_t *out __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "vpush {s16-s27}\n"
        "ldrd r3, r4, [r0]\n"
        "vmov s16, r3\n"
        "vmov s17, r4\n"
        "vmov s18, r1\n"
        "ldrd r3, r4, [r0, #12]\n"
        "lsrs r5, r3, #4\n"
        "add r5, r1, r5, lsl #8\n"
        "vmov s19, r5\n"
        "vmov s20, r3\n"
        "vmov s21, r2\n"
        "vmov s23, r4\n"
        "vmov s26, r4\n"
        "movs r5, #1\n"
        "cmp r4, #1\n"
        "it eq\n"
        "moveq r5, #0\n"
        "vmov s22, r5\n"
        "ldrsb r3, [r0, #20]\n"
        "vmov s24, r3\n"
        "ldrsb r3, [r0, #23]\n"
        "vmov s25, r3\n"

        "1:\n" /* a pair of channels */
        "vmov r0, s17\n"
        "ldr r6, [r0]\n"
        "vmov r0, s18\n"
        "vmov r5, s19\n"
        "mov r7, r6\n"
        "mov r8, r6\n"
        "mov r9, r6\n"
        "mov r10, r6\n"
        "mov r11, r6\n"
        "mov r12, r6\n"
        "mov lr, r6\n"
        "cmp r0, r5\n"
        "beq 3f\n"
        "2:\n" /* sixteen steps */
        WEIGHTS("{s0-s15}")
        STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
        STEP(8) STEP(9) STEP(10) STEP(11) STEP(12) STEP(13) STEP(14) STEP(15)
        "vmov r5, s19\n"
        "cmp r0, r5\n"
        "bne 2b\n"
        "3:\n" /* the steps left over: eight, four and two of them, if there are so many */
        "vmov r5, s20\n"
        "tst r5, #14\n"
        "beq 5f\n"
        "tst r5, #8\n"
        "beq 31f\n"
        WEIGHTS("{s0-s7}")
        STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7)
        "vmov r5, s20\n"
        "31:\n"
        "tst r5, #4\n"
        "beq 32f\n"
        WEIGHTS("{s0-s3}")
        STEP(0) STEP(1) STEP(2) STEP(3)
        "vmov r5, s20\n"
        "32:\n"
        "tst r5, #2\n"
        "beq 5f\n"
        WEIGHTS("{s0-s1}")
        STEP(0) STEP(1)

        "5:\n" /* sums to int8 */
        "vmov r0, s17\n"
        "adds r0, #4\n"
        "ldmia r0!, {r1, r2, r3}\n"
        "vmov r4, s24\n"
        "vmov r5, s25\n"
        SECOND("r10", "r6") SECOND("r11", "r7") SECOND("r12", "r8") SECOND("lr", "r9")
        "cmp r5, #0\n"
        "bne 6f\n"
        ROUND("r10") ROUND("r11") ROUND("r12") ROUND("lr")
        "ldmia r0!, {r2, r3}\n"
        ROUND("r6") ROUND("r7") ROUND("r8") ROUND("r9")
        "b 7f\n"
        "6:\n"
        ROUND_SIGNED("r10") ROUND_SIGNED("r11") ROUND_SIGNED("r12") ROUND_SIGNED("lr")
        "ldmia r0!, {r2, r3}\n"
        ROUND_SIGNED("r6") ROUND_SIGNED("r7") ROUND_SIGNED("r8") ROUND_SIGNED("r9")
        "7:\n"
        "vmov s17, r0\n"
        "vmov r0, s21\n"
        "vmov r1, s22\n"
        "vmov r2, s23\n"
        "adds r3, r0, #2\n"
        "vmov s21, r3\n"
        STORE("r10", "r6") STORE("r11", "r7") STORE("r12", "r8") STORE("lr", "r9")
        "vmov r0, s26\n"
        "subs r0, #2\n"
        "vmov s26, r0\n"
        "ble 8f\n"
        "cmp r0, #1\n"
        "bne 1b\n"
        "movs r0, #0\n"
        "vmov s22, r0\n"
        "b 1b\n"
        "8:\n"
        "vpop {s16-s27}\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
