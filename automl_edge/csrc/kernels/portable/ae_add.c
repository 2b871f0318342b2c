/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"

/* Bits by which both inputs are widened before they are scaled to a common unit. */
#define HEADROOM 20

static int8_t sum(const struct ae_add *args, int32_t a, int32_t b)
{
    const int32_t wide_a = (a - args->zero_a) * (1 << HEADROOM);
    const int32_t wide_b = (b - args->zero_b) * (1 << HEADROOM);
    const int32_t scaled_a = ae_scale(wide_a, args->multiplier_a, args->shift_a);
    const int32_t scaled_b = ae_scale(wide_b, args->multiplier_b, args->shift_b);
    const int32_t scaled = ae_scale(scaled_a + scaled_b, args->multiplier, args->shift);

    return ae_to_int8(scaled, args->output_zero, args->low, args->high);
}

void AE_NAME(add)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out)
{
    const struct ae_broadcast *shape = &args->shape;

    for (int32_t i = 0; i < shape->size[0]; i++) {
        for (int32_t j = 0; j < shape->size[1]; j++) {
            for (int32_t k = 0; k < shape->size[2]; k++) {
                const int8_t *pa =
                    a + i * shape->stride_a[0] + j * shape->stride_a[1] + k * shape->stride_a[2];
                const int8_t *pb =
                    b + i * shape->stride_b[0] + j * shape->stride_b[1] + k * shape->stride_b[2];

                for (int32_t l = 0; l < shape->size[3]; l++) {
                    *out++ = sum(args, *pa, *pb);
                    pa += shape->stride_a[3];
                    pb += shape->stride_b[3];
                }
            }
        }
    }
}
