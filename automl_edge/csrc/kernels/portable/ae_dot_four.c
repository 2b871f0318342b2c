/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"

/* In a file of its own so that the loop has all registers to itself. */
void AE_NAME(dot_four)(const int8_t *in, const int8_t *weights, int32_t depth, int32_t *sums)
{
    const int8_t *const end = in + depth;
    const int8_t *w1 = weights + depth;
    const int8_t *w2 = w1 + depth;
    const int8_t *w3 = w2 + depth;
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;

    while (in != end) {
        const int32_t x = *in++;

        sum0 += x * *weights++;
        sum1 += x * *w1++;
        sum2 += x * *w2++;
        sum3 += x * *w3++;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}
