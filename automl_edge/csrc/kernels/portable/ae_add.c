/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"
#include "ae_sum.h"

void AE_NAME(add)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out)
{
    const struct ae_broadcast *shape = &args->shape;
    const int32_t *step_a = shape->stride_a;
    const int32_t *step_b = shape->stride_b;
    const int side_by_side = step_a[3] == 1 && step_b[3] == 1;

    for (int32_t i = 0; i < shape->size[0]; i++) {
        for (int32_t j = 0; j < shape->size[1]; j++) {
            for (int32_t k = 0; k < shape->size[2]; k++) {
                const int8_t *pa = a + i * step_a[0] + j * step_a[1] + k * step_a[2];
                const int8_t *pb = b + i * step_b[0] + j * step_b[1] + k * step_b[2];

                if (side_by_side && args->shift < -1) {
                    AE_NAME(add_run)(args, pa, pb, out);
                    out += shape->size[3];
                    continue;
                }
                for (int32_t l = 0; l < shape->size[3]; l++) {
                    *out++ = ae_sum(args, *pa, *pb);
                    pa += step_a[3];
                    pb += step_b[3];
                }
            }
        }
    }
}
