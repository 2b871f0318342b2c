/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

/* A word of weights times the input in t0: onto sum 0, shifted by 8 onto sum 1 and so on. */
#define WORD(at, from, sum_0, sum_1, sum_2, sum_3) \
    "lw a5, " at "(" from ")\n"                    \
    "mul t1, t0, a5\n"                             \
    "add " sum_0 ", " sum_0 ", t1\n"               \
    "srli a5, a5, 8\n"                             \
    "mul t1, t0, a5\n"                             \
    "add " sum_1 ", " sum_1 ", t1\n"               \
    "srli a5, a5, 8\n"                             \
    "mul t1, t0, a5\n"                             \
    "add " sum_2 ", " sum_2 ", t1\n"               \
    "srli a5, a5, 8\n"                             \
    "mul t1, t0, a5\n"                             \
    "add " sum_3 ", " sum_3 ", t1\n"

/* One input and its word of each group. */
#define STEP(byte, word)                      \
    "lb t0, " byte "(a0)\n"                   \
    WORD(word, "a2", "a6", "a7", "t2", "t3")  \
    WORD(word, "a3", "t4", "t5", "t6", "s0")

/* Take the weights of the bytes above, 256 times the next sum, off a sum. */
#define TAKE_OFF(sum, next)         \
    "slli t1, " next ", 8\n"        \
    "sub " sum ", " sum ", t1\n"

/*
 * A weight is not taken out of its word: the weights above it are left with it, times 256 and
 * more, and so is 256 times the next sum with the sum. All is modulo 2^32. Of two inputs a turn
 * of the loop the first is left out once where their number is odd.
 */
__attribute__((naked)) void AE_NAME(eight_sums)(const int8_t *in, const int8_t *end,
                                                const int32_t *first, const int32_t *second,
                                                int32_t *sums)
{
    __asm__ volatile(
        "addi sp, sp, -16\n"
        "sw s0, 0(sp)\n"
        "li a6, 0\n"
        "li a7, 0\n"
        "li t2, 0\n"
        "li t3, 0\n"
        "li t4, 0\n"
        "li t5, 0\n"
        "li t6, 0\n"
        "li s0, 0\n"
        "beq a2, a3, 3f\n"
        "sub a5, a1, a0\n"
        "andi a5, a5, 1\n"
        "beqz a5, 1f\n"
        "addi a0, a0, -1\n"
        "addi a2, a2, -4\n"
        "addi a3, a3, -4\n"
        "j 2f\n"
        "1:\n"
        STEP("0", "0")
        "2:\n"
        STEP("1", "4")
        "addi a0, a0, 2\n"
        "addi a2, a2, 8\n"
        "addi a3, a3, 8\n"
        "bne a0, a1, 1b\n"
        "j 4f\n"
        "3:\n" /* one group */
        "lb t0, 0(a0)\n"
        WORD("0", "a2", "a6", "a7", "t2", "t3")
        "addi a0, a0, 1\n"
        "addi a2, a2, 4\n"
        "bne a0, a1, 3b\n"
        "4:\n"
        TAKE_OFF("a6", "a7")
        TAKE_OFF("a7", "t2")
        TAKE_OFF("t2", "t3")
        TAKE_OFF("t4", "t5")
        TAKE_OFF("t5", "t6")
        TAKE_OFF("t6", "s0")
        "sw a6, 0(a4)\n"
        "sw a7, 4(a4)\n"
        "sw t2, 8(a4)\n"
        "sw t3, 12(a4)\n"
        "sw t4, 16(a4)\n"
        "sw t5, 20(a4)\n"
        "sw t6, 24(a4)\n"
        "sw s0, 28(a4)\n"
        "lw s0, 0(sp)\n"
        "addi sp, sp, 16\n"
        "ret\n");
}
