/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

void AE_NAME(tile_outputs)(const struct ae_tiled *args, const uint8_t *columns, int8_t *out)
{
    for (int32_t i = 0; i < AE_TILED * args->channels; i++) {
        const int32_t pixel = i % AE_TILED;
        const int32_t c = i / AE_TILED;
        const int8_t *w = args->weights + c / AE_TILED * AE_TILED * args->depth + c % AE_TILED;
        const int32_t *const channel = args->channel + 3 * c;
        uint32_t sum = (uint32_t)channel[0];

        for (int32_t k = 0; k < args->depth; k++) {
            sum += (uint32_t)(w[AE_TILED * k] * columns[AE_TILED * k + pixel]);
        }
        out[pixel * args->channels + c] = ae_tiled_result((int32_t)sum, channel, args->output_zero,
                                                          args->low, args->high);
    }
}
