/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"

static int8_t requantize(const struct ae_requantize *to, int32_t channel, int32_t sum)
{
    const int32_t shared = channel * to->step;
    const int32_t scaled =
        ae_scale(sum + to->bias[channel], to->multiplier[shared], to->shift[shared]);

    return ae_clamp(scaled + to->output_zero, to->low, to->high);
}

/*
 * One output per row of the weights. Four rows at a time share each input that is loaded:
 * two and a quarter instructions a multiply-accumulate beside the loop's own.
 */
void AE_NAME(dense)(const struct ae_dense *args, const int8_t *in, int8_t *out)
{
    const int32_t depth = args->depth;
    const int8_t *w0 = args->weights;
    int32_t channel = 0;

    for (; channel + 4 <= args->channels; channel += 4) {
        const int8_t *w1 = w0 + depth;
        const int8_t *w2 = w1 + depth;
        const int8_t *w3 = w2 + depth;
        int32_t sum0 = 0;
        int32_t sum1 = 0;
        int32_t sum2 = 0;
        int32_t sum3 = 0;

        for (int32_t i = 0; i < depth; i++) {
            const int32_t x = in[i];

            sum0 += x * w0[i];
            sum1 += x * w1[i];
            sum2 += x * w2[i];
            sum3 += x * w3[i];
        }
        out[channel] = requantize(&args->requantize, channel, sum0);
        out[channel + 1] = requantize(&args->requantize, channel + 1, sum1);
        out[channel + 2] = requantize(&args->requantize, channel + 2, sum2);
        out[channel + 3] = requantize(&args->requantize, channel + 3, sum3);
        w0 = w3 + depth;
    }
    for (; channel < args->channels; channel++) {
        int32_t sum = 0;

        for (int32_t i = 0; i < depth; i++) {
            sum += in[i] * w0[i];
        }
        out[channel] = requantize(&args->requantize, channel, sum);
        w0 += depth;
    }
}
