/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"

static int8_t *fill(int8_t *out, int32_t count, int32_t value)
{
    for (int32_t i = 0; i < count; i++) {
        *out++ = (int8_t)value;
    }
    return out;
}

/* Inputs are consumed in order, so that only the output needs to know where it is. */
void AE_NAME(pad)(const struct ae_pad *args, const int8_t *in, int8_t *out)
{
    const int16_t *size = args->size;
    const int16_t *before = args->before;
    const int16_t *after = args->after;
    const int32_t row = before[3] + size[3] + after[3];
    const int32_t plane = (before[2] + size[2] + after[2]) * row;
    const int32_t block = (before[1] + size[1] + after[1]) * plane;

    out = fill(out, before[0] * block, args->value);
    for (int32_t i = 0; i < size[0]; i++) {
        out = fill(out, before[1] * plane, args->value);
        for (int32_t j = 0; j < size[1]; j++) {
            out = fill(out, before[2] * row, args->value);
            for (int32_t k = 0; k < size[2]; k++) {
                out = fill(out, before[3], args->value);
                for (int32_t l = 0; l < size[3]; l++) {
                    *out++ = *in++;
                }
                out = fill(out, after[3], args->value);
            }
            out = fill(out, after[2] * row, args->value);
        }
        out = fill(out, after[1] * plane, args->value);
    }
    (void)fill(out, after[0] * block, args->value);
}
