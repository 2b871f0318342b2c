/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"

/* Biases of channels that are always 0 can be so large that their sums wrap around, as TFLM's. */
static int32_t add(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

void AE_NAME(requantize)(const struct ae_requantize *args, int32_t channel, const int32_t *sums,
                         int32_t count, int8_t *out)
{
    const int32_t step = args->step;
    const int32_t *bias = args->bias + channel;
    const int32_t *multiplier = args->multiplier + channel * step;
    const int8_t *shift = args->shift + channel * step;

    for (int32_t i = 0; i < count; i++) {
        const int32_t scaled = ae_scale(add(sums[i], bias[i]), *multiplier, *shift);

        out[i] = ae_to_int8(scaled, args->output_zero, args->low, args->high);
        multiplier += step;
        shift += step;
    }
}
