/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

/* One weight times t0 to t3, onto the sums of its channel. */
#define WEIGHT(at, sum_0, sum_1, sum_2, sum_3) \
    "lb t4, " at "(a1)\n"                      \
    "mul t5, t4, t0\n"                         \
    "add " sum_0 ", " sum_0 ", t5\n"           \
    "mul t5, t4, t1\n"                         \
    "add " sum_1 ", " sum_1 ", t5\n"           \
    "mul t5, t4, t2\n"                         \
    "add " sum_2 ", " sum_2 ", t5\n"           \
    "mul t5, t4, t3\n"                         \
    "add " sum_3 ", " sum_3 ", t5\n"

/* Four weights times the inputs of a word, which are not taken out of it: the word and the word
 * without its first, first two and first three inputs. */
#define STEP(word, byte_0, byte_1, byte_2, byte_3) \
    "lw t0, " word "(a0)\n"                        \
    "srli t1, t0, 8\n"                             \
    "srli t2, t0, 16\n"                            \
    "srli t3, t0, 24\n"                            \
    WEIGHT(byte_0, "a2", "a3", "a4", "a5")         \
    WEIGHT(byte_1, "a6", "a7", "s2", "s3")         \
    WEIGHT(byte_2, "s4", "s5", "s6", "s7")         \
    WEIGHT(byte_3, "s8", "s9", "s10", "s11")

/* A sum has 256 times the next one with it, modulo 2^32. */
#define TAKE_OFF(sum, next)        \
    "slli t6, " next ", 8\n"       \
    "sub " sum ", " sum ", t6\n"

/* The sum of one pixel to int8, at t6, which goes on to the next pixel. */
#define OUTPUT(sum)                  \
    "add " sum ", " sum ", t0\n"     \
    "mul a0, " sum ", t1\n"          \
    "mulhsu " sum ", " sum ", t1\n"  \
    "srli a0, a0, 31\n"              \
    "add " sum ", " sum ", a0\n"     \
    "srai a0, " sum ", 31\n"         \
    "add " sum ", " sum ", a0\n"     \
    "sra " sum ", " sum ", t2\n"     \
    "add " sum ", " sum ", t3\n"     \
    "srai " sum ", " sum ", 1\n"     \
    "bge " sum ", t4, 1f\n"          \
    "mv " sum ", t4\n"               \
    "1:\n"                           \
    "bge t5, " sum ", 1f\n"          \
    "mv " sum ", t5\n"               \
    "1:\n"                           \
    "sb " sum ", 0(t6)\n"            \
    "add t6, t6, a1\n"

/* The next channel, whose sums are moved to where the first one's are. */
#define CHANNEL(sum_0, sum_1, sum_2, sum_3) \
    "mv a2, " sum_0 "\n"                    \
    "mv a3, " sum_1 "\n"                    \
    "mv a4, " sum_2 "\n"                    \
    "mv a5, " sum_3 "\n"                    \
    "jal 7f\n"

/*
 * Sums of four channels of four pixels stay in 16 registers: a2 to a7 and s2 to s11. Of two
 * inputs a turn of the loop the first is left out once where their number is odd.
 *
 * 2^31 in the product with the doubled multiplier rounds halves up; K = 2 * zero point + 1 in
 * t3 rounds the second shift and adds the zero point. s0: out; s1: channel.
 */
__attribute__((naked)) void AE_NAME(tile_outputs)(const struct ae_tiled *args,
                                                  const uint8_t *columns, int8_t *out)
{
    __asm__ volatile(
        "addi sp, sp, -80\n"
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
        "sw a1, 52(sp)\n" /* columns */
        "lw t0, 8(a0)\n"
        "slli t0, t0, 2\n"
        "add t0, t0, a1\n"
        "sw t0, 56(sp)\n" /* end of columns */
        "lw t0, 12(a0)\n"
        "add t0, t0, a2\n"
        "sw t0, 60(sp)\n" /* end of the first pixel's outputs */
        "sw a0, 64(sp)\n" /* args */
        "mv s0, a2\n"
        "lw s1, 4(a0)\n"
        "lw a1, 0(a0)\n"
        "2:\n" /* four channels */
        "lw a0, 52(sp)\n"
        "lw t6, 56(sp)\n"
        "li a2, 0\n"
        "li a3, 0\n"
        "li a4, 0\n"
        "li a5, 0\n"
        "li a6, 0\n"
        "li a7, 0\n"
        "li s2, 0\n"
        "li s3, 0\n"
        "li s4, 0\n"
        "li s5, 0\n"
        "li s6, 0\n"
        "li s7, 0\n"
        "li s8, 0\n"
        "li s9, 0\n"
        "li s10, 0\n"
        "li s11, 0\n"
        "sub t0, t6, a0\n"
        "andi t0, t0, 4\n"
        "beqz t0, 3f\n"
        "addi a0, a0, -4\n"
        "addi a1, a1, -4\n"
        "j 4f\n"
        "3:\n"
        STEP("0", "0", "1", "2", "3")
        "4:\n"
        STEP("4", "4", "5", "6", "7")
        "addi a0, a0, 8\n"
        "addi a1, a1, 8\n"
        "bne a0, t6, 3b\n"
        "sw a1, 68(sp)\n" /* the next channels' weights */
        "lw a0, 64(sp)\n"
        "lb t3, 16(a0)\n"
        "slli t3, t3, 1\n"
        "addi t3, t3, 1\n"
        "lb t4, 17(a0)\n"
        "lb t5, 18(a0)\n"
        "lw a1, 12(a0)\n"
        "jal 7f\n"
        CHANNEL("a6", "a7", "s2", "s3")
        CHANNEL("s4", "s5", "s6", "s7")
        CHANNEL("s8", "s9", "s10", "s11")
        "lw a1, 68(sp)\n"
        "j 2b\n"
        "7:\n" /* four outputs of one channel */
        "lw t0, 0(s1)\n"
        "lw t1, 4(s1)\n"
        "lw t2, 8(s1)\n"
        "slli t1, t1, 1\n"
        "addi t2, t2, -1\n"
        TAKE_OFF("a2", "a3")
        TAKE_OFF("a3", "a4")
        TAKE_OFF("a4", "a5")
        "mv t6, s0\n"
        OUTPUT("a2")
        OUTPUT("a3")
        OUTPUT("a4")
        OUTPUT("a5")
        "addi s0, s0, 1\n"
        "addi s1, s1, 12\n"
        "lw t6, 60(sp)\n"
        "beq s0, t6, 8f\n"
        "ret\n"
        "8:\n"
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
        "addi sp, sp, 80\n"
        "ret\n");
}
