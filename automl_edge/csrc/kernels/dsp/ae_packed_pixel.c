/* SPDX-License-Identifier: 0BSD */
/* Two pairs of channels at a time; the plain C of the same name defines it. */
#include "ae_packed.h"

/* Two words of inputs times two words of the weights at `from`, a pair of channels. */
#define TWO_WORDS(from, both, a, x0, x1)     \
    "ldmia " from "!, {r12, lr}\n"           \
    "smlad " both ", r12, " x0 ", " both "\n" \
    "sxtb16 r12, r12\n"                      \
    "smlad " a ", r12, " x0 ", " a "\n"      \
    "smlad " both ", lr, " x1 ", " both "\n" \
    "sxtb16 lr, lr\n"                        \
    "smlad " a ", lr, " x1 ", " a "\n"

#define FOUR_WORDS                            \
    "ldmia r0!, {r8, r9, r10, r11}\n"         \
    TWO_WORDS("r1", "r5", "r4", "r8", "r9")   \
    TWO_WORDS("r1", "r5", "r4", "r10", "r11") \
    TWO_WORDS("r2", "r7", "r6", "r8", "r9")   \
    TWO_WORDS("r2", "r7", "r6", "r10", "r11")

/* Sums `a` and `both` to the int8 of two channels, by the constants at r0; r3: output zero. All
 * are rounded as signed ones: where is_signed is 0, that changes none. */
#define RESULTS(both, a)                        \
    "sub " both ", " both ", " a "\n"           \
    "adds r0, #4\n"                             \
    "ldmia r0!, {r8, r9, r10, r11, r12}\n"      \
    "add " both ", r8, " both ", asr #8\n"      \
    "smmlar " a ", " a ", r11, " a "\n"         \
    "smmlar " both ", " both ", r9, " both "\n" \
    "add " a ", " a ", " a ", asr #31\n"        \
    "add " both ", " both ", " both ", asr #31\n" \
    "smmlar " a ", " a ", r12, r3\n"            \
    "smmlar " both ", " both ", r10, r3\n"      \
    "ssat " a ", #8, " a "\n"                   \
    "ssat " both ", #8, " both "\n"

/*
 * s0: weights; s1: channel's constants; s2: output; s3: channels left; s4: steps; s5: column;
 * s6: output zero. Where one pair is left, the second is the same again.
 */
__attribute__((naked)) void AE_NAME(packed_pixel)(const struct ae_packed *args __attribute__((unused)),
                                                  const int32_t *column __attribute__((unused)),
                                                  int8_t *out __attribute__((unused)))
{
    __asm__ volatile(
        ".syntax unified\n"
        "push {r4, r5, r6, r7, r8, r9, r10, r11, lr}\n"
        "ldrd r3, r4, [r0]\n"
        "vmov s0, r3\n"
        "vmov s1, r4\n"
        "vmov s2, r2\n"
        "ldrd r3, r4, [r0, #12]\n"
        "vmov s3, r4\n"
        "vmov s4, r3\n"
        "vmov s5, r1\n"
        "ldrsb r3, [r0, #20]\n"
        "vmov s6, r3\n"

        "1:\n"
        "vmov r1, s0\n"
        "vmov r3, s4\n"
        "vmov r8, s3\n"
        "vmov r9, s1\n"
        "vmov r0, s5\n"
        "ldr r4, [r9]\n"
        "mov r2, r1\n"
        "mov r6, r4\n"
        "cmp r8, #2\n"
        "itt gt\n"
        "addgt r2, r1, r3, lsl #2\n"
        "ldrgt r6, [r9, #24]\n"
        "mov r5, r4\n"
        "mov r7, r6\n"
        "subs r3, #16\n"
        "blt 3f\n"
        "2:\n"
        FOUR_WORDS FOUR_WORDS FOUR_WORDS FOUR_WORDS
        "subs r3, #16\n"
        "bge 2b\n"
        "3:\n"
        "adds r3, #12\n"
        "blt 5f\n"
        "4:\n"
        FOUR_WORDS
        "subs r3, #4\n"
        "bge 4b\n"
        "5:\n"
        "adds r3, #4\n"
        "beq 6f\n"
        "ldmia r0!, {r8, r9}\n"
        TWO_WORDS("r1", "r5", "r4", "r8", "r9")
        TWO_WORDS("r2", "r7", "r6", "r8", "r9")

        "6:\n"
        "vmov s0, r2\n"
        "vmov r0, s1\n"
        "vmov r1, s2\n"
        "vmov r2, s3\n"
        "vmov r3, s6\n"
        RESULTS("r5", "r4")
        "strb r4, [r1]\n"
        "cmp r2, #2\n"
        "it ge\n"
        "strbge r5, [r1, #1]\n"
        "ble 7f\n"
        RESULTS("r7", "r6")
        "strb r6, [r1, #2]\n"
        "cmp r2, #4\n"
        "it ge\n"
        "strbge r7, [r1, #3]\n"
        "ble 7f\n"
        "vmov s1, r0\n"
        "adds r1, #4\n"
        "vmov s2, r1\n"
        "subs r2, #4\n"
        "vmov s3, r2\n"
        "b 1b\n"
        "7:\n"
        "pop {r4, r5, r6, r7, r8, r9, r10, r11, pc}\n");
}
