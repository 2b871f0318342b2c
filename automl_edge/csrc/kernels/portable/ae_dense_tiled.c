/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

/* Two inputs a turn, so that the loop itself costs little. */
void AE_NAME(dense_tiled)(const struct ae_tiled *args, const int8_t *in, int8_t *out)
{
    const int8_t *w = args->weights;
    const int8_t *const pairs_end = in + (args->depth & ~1);

    for (int32_t c = 0; c < args->channels; c += 4) {
        int32_t sums[4] = {0, 0, 0, 0};

        for (const int8_t *x = in; x != pairs_end; x += 2) {
            const int32_t x0 = x[0];
            const int32_t x1 = x[1];

            sums[0] += x0 * w[0] + x1 * w[4];
            sums[1] += x0 * w[1] + x1 * w[5];
            sums[2] += x0 * w[2] + x1 * w[6];
            sums[3] += x0 * w[3] + x1 * w[7];
            w += 8;
        }
        if (args->depth & 1) {
            for (int32_t i = 0; i < 4; i++) {
                sums[i] += *pairs_end * *w++;
            }
        }
        for (int32_t i = 0; i < 4 && c + i < args->channels; i++) {
            out[c + i] = ae_tiled_result(sums[i], args->channel + 3 * (c + i), args->output_zero,
                                         args->low, args->high);
        }
    }
}
