/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

/* `count` inputs as words, zeros up to a multiple of four, and the word for their sum. */
static void widen(const int8_t *in, int32_t count, int32_t *column)
{
    int32_t sum = 0;

    for (int32_t i = 0; i < count; i++) {
        sum += *in;
        *column++ = *in++;
    }
    for (; count % 4 != 0; count++) {
        *column++ = 0;
    }
    *column = -0x8000 * sum;
}

/* A chunk of inputs as words, how many there are, and its weights for the first four channels. */
struct chunk {
    const int32_t *column;
    int32_t words;
    const int32_t *weights;
};

static void add_chunk(const struct chunk *chunk, int32_t depth, int32_t *sums, int32_t channels)
{
    const int32_t *weights = chunk->weights;
    int32_t *const end = sums + channels;

    for (; sums != end; sums += 4) {
        AE_NAME(four_sums)(chunk->column, weights, chunk->words, sums);
        weights += depth;
    }
}

static int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

/* Four channels together where all inputs fit the column, so that they are widened once for
 * all; else all channels together, chunk by chunk. */
void AE_NAME(dense_fours)(const struct ae_dense_fours *args, const int8_t *in, int8_t *out,
                          int8_t *scratch)
{
    const int32_t depth = (args->depth + 3) / 4 * 4;
    const int32_t most = smaller(depth, AE_FOURS_CHUNK);
    const int32_t together = most < depth ? (args->channels + 3) / 4 * 4 : 4;
    int32_t *const column = (int32_t *)(void *)scratch;
    int32_t *const sums = column + most + 1;
    struct chunk chunk = {column, 0, args->weights};
    struct ae_scaled to = {args->channel,     out,       1,         0,
                           args->output_zero, args->low, args->high};

    for (int32_t left = args->channels; left > 0; left -= together) {
        for (int32_t i = 0; i < together; i++) {
            sums[i] = 0;
        }
        for (int32_t start = 0; start < depth; start += most) {
            if (left == args->channels) {
                widen(in + start, smaller(args->depth - start, most), column);
            }
            chunk.words = smaller(depth - start, most);
            add_chunk(&chunk, depth, sums, together);
            chunk.weights += chunk.words;
        }
        to.count = smaller(left, together);
        AE_NAME(scale_channels)(sums, &to);
        to.channel += 3 * together;
        to.out += together;
    }
}
