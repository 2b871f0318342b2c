/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"

static int8_t product(const struct ae_mul *args, int32_t a, int32_t b)
{
    const int32_t raw = (a - args->zero_a) * (b - args->zero_b);
    const int32_t scaled = ae_scale(raw, args->multiplier, args->shift);

    return ae_to_int8(scaled, args->output_zero, args->low, args->high);
}

void AE_NAME(mul)(const struct ae_mul *args, const int8_t *a, const int8_t *b, int8_t *out)
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
                    *out++ = product(args, *pa, *pb);
                    pa += shape->stride_a[3];
                    pb += shape->stride_b[3];
                }
            }
        }
    }
}
