/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"

/* The multiplier divides by the number of elements as well as it rescales. */
void AE_NAME(mean)(const struct ae_mean *args, const int8_t *in, int8_t *out)
{
    for (int32_t block = 0; block < args->outer; block++) {
        for (int32_t i = 0; i < args->inner; i++) {
            const int8_t *element = in + i;
            int32_t sum = args->offset;

            for (int32_t k = 0; k < args->reduced; k++) {
                sum += *element;
                element += args->inner;
            }
            sum = ae_scale(sum, args->multiplier, args->shift);
            *out++ = ae_to_int8(sum, args->output_zero, -128, 127);
        }
        in += args->reduced * args->inner;
    }
}
