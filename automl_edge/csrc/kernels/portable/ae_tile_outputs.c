/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

/* Sums of one channel of the four pixels. */
struct sums {
    int32_t p0;
    int32_t p1;
    int32_t p2;
    int32_t p3;
};

static inline void put(const struct ae_tiled *args, int32_t c, struct sums sums, int8_t *out)
{
    const int32_t *const channel = args->channel + 3 * c;
    const int32_t zero = args->output_zero;
    const int32_t pitch = args->channels;

    if (c >= args->channels) {
        return;
    }
    out += c;
    out[0] = ae_tiled_result(sums.p0, channel, zero, args->low, args->high);
    out[pitch] = ae_tiled_result(sums.p1, channel, zero, args->low, args->high);
    out[2 * pitch] = ae_tiled_result(sums.p2, channel, zero, args->low, args->high);
    out[3 * pitch] = ae_tiled_result(sums.p3, channel, zero, args->low, args->high);
}

static inline void add(struct sums *sums, int32_t w, int32_t x0, int32_t x1, int32_t x2,
                       int32_t x3)
{
    sums->p0 += w * x0;
    sums->p1 += w * x1;
    sums->p2 += w * x2;
    sums->p3 += w * x3;
}

/* Sixteen sums, four inputs and a weight fit the registers. */
void AE_NAME(tile_outputs)(const struct ae_tiled *args, const int8_t *columns, int8_t *out)
{
    const int8_t *w = args->weights;
    const int8_t *const end = columns + AE_TILED * args->depth;

    for (int32_t c = 0; c < args->channels; c += 4) {
        struct sums a = {0, 0, 0, 0};
        struct sums b = {0, 0, 0, 0};
        struct sums d = {0, 0, 0, 0};
        struct sums e = {0, 0, 0, 0};

        for (const int8_t *x = columns; x != end; x += AE_TILED) {
            add(&a, w[0], x[0], x[1], x[2], x[3]);
            add(&b, w[1], x[0], x[1], x[2], x[3]);
            add(&d, w[2], x[0], x[1], x[2], x[3]);
            add(&e, w[3], x[0], x[1], x[2], x[3]);
            w += 4;
        }
        put(args, c, a, out);
        put(args, c + 1, b, out);
        put(args, c + 2, d, out);
        put(args, c + 3, e, out);
    }
}
