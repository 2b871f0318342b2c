/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

/* The next column of inputs: t0 to t2. */
#define LOAD             \
    "lb t0, 0(a0)\n"     \
    "lb t1, 0(a1)\n"     \
    "lb t2, 0(a2)\n"     \
    "add a0, a0, a4\n"   \
    "add a1, a1, a4\n"   \
    "add a2, a2, a4\n"

/* `to` = `from` + the column times three weights. */
#define ADD(to, from, top, middle, bottom) \
    "mul t4, t0, " top "\n"                \
    "add " to ", " from ", t4\n"           \
    "mul t4, t1, " middle "\n"             \
    "add " to ", " to ", t4\n"             \
    "mul t4, t2, " bottom "\n"             \
    "add " to ", " to ", t4\n"

#define LEFT(to) ADD(to, "t5", "s2", "s3", "s4")
#define CENTRE(to, from) ADD(to, from, "s5", "s6", "s7")
#define RIGHT(to, from) ADD(to, from, "s8", "s9", "s10")

/* The sum in t3 to int8, rounded as in ae_tile_outputs.c. */
#define OUTPUT           \
    "mul t4, t3, t6\n"   \
    "mulhsu t3, t3, t6\n" \
    "srli t4, t4, 31\n"  \
    "add t3, t3, t4\n"   \
    "srai t4, t3, 31\n"  \
    "add t3, t3, t4\n"   \
    "sra t3, t3, s0\n"   \
    "add t3, t3, s1\n"   \
    "srai t3, t3, 1\n"   \
    "bge t3, s11, 1f\n"  \
    "mv t3, s11\n"       \
    "1:\n"               \
    "bge ra, t3, 1f\n"   \
    "mv t3, ra\n"        \
    "1:\n"               \
    "sb t3, 0(a3)\n"     \
    "add a3, a3, a4\n"

/*
 * Each column of inputs is read once: its products go to the three outputs that it is the
 * right, the centre and the left column of. With a stride of 2 it is the right one of an
 * output and the left one of the next.
 *
 * a0 to a2: inputs; a3: out; a4: step; a5: end; a6, a7: sums with the left and the centre
 * column, with the left one alone; t5, t6, s0: bias, multiplier, shift; s1: 2 * zero point +
 * 1; s2 to s10: weights, a column after the other; s11, ra: limits.
 */
__attribute__((naked)) void AE_NAME(slide_rows)(struct ae_slide *slide)
{
    __asm__ volatile(
        "addi sp, sp, -64\n"
        "sw ra, 0(sp)\n"
        "sw s0, 4(sp)\n"
        "sw s1, 8(sp)\n"
        "sw s2, 12(sp)\n"
        "sw s3, 16(sp)\n"
        "sw s4, 20(sp)\n"
        "sw s5, 24(sp)\n"
        "sw s6, 28(sp)\n"
        "sw s7, 32(sp)\n"
        "sw s8, 36(sp)\n"
        "sw s9, 40(sp)\n"
        "sw s10, 44(sp)\n"
        "sw s11, 48(sp)\n"
        "sw a0, 52(sp)\n"
        "mv t3, a0\n"
        "lw a3, 12(t3)\n"
        "lw t5, 16(t3)\n"
        "lw t6, 20(t3)\n"
        "slli t6, t6, 1\n"
        "lw s0, 24(t3)\n"
        "addi s0, s0, -1\n"
        "lw s2, 28(t3)\n"
        "lw s5, 32(t3)\n"
        "lw s8, 36(t3)\n"
        "lw s3, 40(t3)\n"
        "lw s6, 44(t3)\n"
        "lw s9, 48(t3)\n"
        "lw s4, 52(t3)\n"
        "lw s7, 56(t3)\n"
        "lw s10, 60(t3)\n"
        "lw a4, 64(t3)\n"
        "lw s1, 84(t3)\n"
        "slli s1, s1, 1\n"
        "addi s1, s1, 1\n"
        "lw s11, 88(t3)\n"
        "lw ra, 92(t3)\n"
        "lw a0, 0(t3)\n"
        "lw a1, 4(t3)\n"
        "lw a2, 8(t3)\n"
        "2:\n" /* a row */
        "lw a5, 96(t3)\n"
        "add a5, a5, a3\n"
        "lw t4, 100(t3)\n"
        "beqz t4, 3f\n"
        "lw a6, 76(t3)\n"
        "add a6, a6, t5\n"
        "j 4f\n"
        "3:\n"
        LOAD
        LEFT("a6")
        "4:\n"
        "lw t4, 108(t3)\n"
        "addi t4, t4, -1\n"
        "bnez t4, 6f\n"
        LOAD
        CENTRE("a6", "a6")
        LEFT("a7")
        "beq a3, a5, 7f\n"
        "5:\n" /* stride 1 */
        LOAD
        RIGHT("t3", "a6")
        CENTRE("a6", "a7")
        LEFT("a7")
        OUTPUT
        "bne a3, a5, 5b\n"
        "lw t3, 52(sp)\n"
        "7:\n" /* a last output whose right column is outside */
        "lw t4, 104(t3)\n"
        "beqz t4, 9f\n"
        "8:\n"
        "lw t3, 80(t3)\n"
        "add t3, t3, a6\n"
        OUTPUT
        "lw t3, 52(sp)\n"
        "j 9f\n"
        "6:\n" /* stride 2 */
        "beq a3, a5, 7f\n"
        "5:\n"
        LOAD
        CENTRE("a6", "a6")
        LOAD
        RIGHT("t3", "a6")
        LEFT("a6")
        OUTPUT
        "bne a3, a5, 5b\n"
        "lw t3, 52(sp)\n"
        "7:\n"
        "lw t4, 104(t3)\n"
        "beqz t4, 9f\n"
        LOAD
        CENTRE("a6", "a6")
        "j 8b\n"
        "9:\n" /* the next row */
        "lw t4, 68(t3)\n"
        "add a0, a0, t4\n"
        "add a1, a1, t4\n"
        "add a2, a2, t4\n"
        "lw t4, 72(t3)\n"
        "addi t4, t4, -1\n"
        "sw t4, 72(t3)\n"
        "bnez t4, 2b\n"
        "sw a3, 12(t3)\n"
        "lw ra, 0(sp)\n"
        "lw s0, 4(sp)\n"
        "lw s1, 8(sp)\n"
        "lw s2, 12(sp)\n"
        "lw s3, 16(sp)\n"
        "lw s4, 20(sp)\n"
        "lw s5, 24(sp)\n"
        "lw s6, 28(sp)\n"
        "lw s7, 32(sp)\n"
        "lw s8, 36(sp)\n"
        "lw s9, 40(sp)\n"
        "lw s10, 44(sp)\n"
        "lw s11, 48(sp)\n"
        "addi sp, sp, 64\n"
        "ret\n");
}
