/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_paired.h"

#define OFFSET 0x8000

/* The input of pixel `p` in its pair of lanes. */
static int32_t lane(const int32_t *pairs, int32_t p)
{
    const int32_t left = (int16_t)(uint16_t)((uint32_t)pairs[p / 2] & 0xFFFFu);

    return p % 2 == 0 ? left : (pairs[p / 2] - left) / 0x10000;
}

static int32_t sum_of(const struct ae_paired *args, const int32_t *columns, const int32_t *weights,
                      int32_t p)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < 4 * args->quads; i++) {
        sum += ae_weight(weights[i / 4], i % 4) * lane(columns + 2 * i, p);
    }
    return sum + args->quads * OFFSET;
}

static int32_t fixes_of(const int32_t *fixes, int32_t count, const int32_t *columns, int32_t p)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < count; i++) {
        const int32_t weight = ae_weight(fixes[i], 0);

        sum += weight * lane(columns + 2 * (fixes[i] >> 11), p) + OFFSET;
    }
    return sum;
}

void AE_NAME(paired_tile)(const struct ae_paired *args, const int32_t *columns, int8_t *out)
{
    const int32_t *weights = args->weights;
    const int32_t *fixes = args->fixes;
    const int32_t *channel = args->channel;

    for (int32_t c = 0; c < args->channels; c++) {
        const int32_t shift = channel[2] & 0xFF;
        const int32_t count = channel[2] >> 8;

        for (int32_t p = 0; p < AE_PAIRED_TILE; p++) {
            const int32_t sum = channel[0] + sum_of(args, columns, weights, p) +
                                fixes_of(fixes, count, columns, p);
            const int32_t scaled = ae_scale(sum, channel[1], -shift);

            out[p * args->channels + c] =
                ae_to_int8(scaled, args->output_zero, args->low, args->high);
        }
        weights += args->quads;
        fixes += count;
        channel += 3;
    }
}
