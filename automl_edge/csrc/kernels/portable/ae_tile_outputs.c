/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

void AE_NAME(tile_outputs)(const struct ae_tiled *args, const int8_t *columns, int8_t *out)
{
    const int8_t *weights = args->weights;
    const int32_t *channel = args->channel;
    const int32_t bytes = AE_TILED * args->depth;
    const int32_t channels = args->channels;
    const int32_t zero = args->output_zero;
    const int32_t low = args->low;
    const int32_t high = args->high;
    int32_t sums[AE_TILED * AE_TILED];

    for (int32_t c = 0; c < channels; c++) {
        const int32_t *const own = sums + c % AE_TILED * AE_TILED;

        if (c % AE_TILED == 0) {
            AE_NAME(tile_sums)(columns, weights, columns + bytes, sums);
            weights += bytes;
        }
        out[c] = ae_tiled_result(own[0], channel, zero, low, high);
        out[channels + c] = ae_tiled_result(own[1], channel, zero, low, high);
        out[2 * channels + c] = ae_tiled_result(own[2], channel, zero, low, high);
        out[3 * channels + c] = ae_tiled_result(own[3], channel, zero, low, high);
        channel += 3;
    }
}
