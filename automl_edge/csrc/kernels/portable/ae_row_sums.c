/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

void AE_NAME(row_sums)(const int8_t *const *rows, const int8_t *weights, int32_t *sums,
                       const int32_t *count_and_stride)
{
    for (int32_t i = 0; i < count_and_stride[0]; i++) {
        const int32_t x = i * count_and_stride[1];

        sums[i] = 0;
        for (int32_t ky = 0; ky < 3; ky++) {
            for (int32_t kx = 0; kx < 3; kx++) {
                sums[i] += rows[ky][x + kx] * weights[3 * ky + kx];
            }
        }
    }
}
