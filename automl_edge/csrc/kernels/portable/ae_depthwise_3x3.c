/* SPDX-License-Identifier: 0BSD */
#include <stddef.h>

#include "ae_lanes.h"
#include "ae_packed.h"

#define CHANNELS 4
#define LINES 3

/* Words of weights of one channel: two a line, and the first two lines again, so that the
 * three lines can start with any. */
#define WEIGHT_WORDS 10

/* The strips of a few channels: [channel][pair][line]. */
struct strips {
    int32_t *words;
    int32_t pairs;
    int32_t count;
};

static void expand(const int8_t *taps, int32_t *words)
{
    for (int32_t line = 0; line < 5; line++) {
        const int8_t *w = taps + line % LINES * 3;

        *words++ = ae_lanes(w[0], w[1]);
        *words++ = ae_lanes(w[1], w[2]);
    }
}

/* Words `first` to `end` - 1 of the line in `slot` as zero points. */
static void fill_line(const struct ae_depthwise_3x3 *args, const struct strips *strips,
                      int32_t slot, int32_t first, int32_t end)
{
    const int32_t zeros = ae_lanes(args->zero, args->zero);

    for (int32_t c = 0; c < strips->count; c++) {
        int32_t *word = strips->words + c * strips->pairs * LINES + slot;

        for (int32_t i = first; i < end; i++) {
            word[i * LINES] = zeros;
        }
    }
}

/* A word of each channel from inputs at `low` and `high`, of which NULL is the zero point. */
static void put_pair(const struct ae_depthwise_3x3 *args, const struct strips *strips,
                     const int8_t *low, const int8_t *high, int32_t *word)
{
    for (int32_t c = 0; c < strips->count; c++) {
        *word = ae_lanes(low ? low[c] : args->zero, high ? high[c] : args->zero);
        word += strips->pairs * LINES;
    }
}

/* The line at `in` as words of two inputs, with zero points before and after. */
static void read_line(const struct ae_depthwise_3x3 *args, const struct strips *strips,
                      const int8_t *in, int32_t slot)
{
    int32_t *const line = strips->words + slot;
    int32_t first = 0;
    int32_t left = args->in_length;
    int32_t pairs;

    if (args->pad_length > 0) {
        put_pair(args, strips, NULL, in, line);
        in += args->in_pixel;
        first = 1;
        left--;
    }
    pairs = left / 2 < strips->pairs - first ? left / 2 : strips->pairs - first;
    if (strips->count == CHANNELS) {
        AE_NAME(strip_fill)(in, args->in_pixel, pairs, line + first * LINES, strips->pairs * LINES);
    } else {
        for (int32_t i = 0; i < pairs; i++) {
            const int8_t *pixel = in + 2 * i * args->in_pixel;

            put_pair(args, strips, pixel, pixel + args->in_pixel, line + (first + i) * LINES);
        }
    }
    first += pairs;
    if (left > 2 * pairs && first < strips->pairs) {
        put_pair(args, strips, in + 2 * pairs * args->in_pixel, NULL, line + first * LINES);
        first++;
    }
    fill_line(args, strips, slot, first, strips->pairs);
}

static void outputs_of_line(const struct ae_depthwise_3x3 *args, const struct strips *strips,
                            struct ae_strip *to)
{
    for (int32_t c = 0; c < strips->count; c++) {
        if (args->stride == 1) {
            AE_NAME(strip_outputs)(to);
        } else {
            AE_NAME(strip_outputs_2)(to);
        }
        to->strip += strips->pairs * LINES;
        to->weights += WEIGHT_WORDS;
        to->channel += 3;
        to->out++;
    }
}

/* All lines of a few channels. Line y of the image is kept in slot y % 3 of the strips, so
 * that each is read once; the weights start with the line that lies in slot 0. */
static void channel_group(const struct ae_depthwise_3x3 *args, const struct strips *strips,
                          const int8_t *in, int8_t *out, int32_t channel)
{
    int32_t weights[CHANNELS * WEIGHT_WORDS];
    int32_t next = -args->pad_lines;

    for (int32_t c = 0; c < strips->count; c++) {
        expand(args->weights + 9 * (channel + c), weights + c * WEIGHT_WORDS);
    }
    for (int32_t line = 0; line < args->out_lines; line++) {
        const int32_t top = line * args->stride - args->pad_lines;
        const int32_t start = (2 * LINES - (top + LINES) % LINES) % LINES;
        struct ae_strip to = {strips->words,
                              weights + 2 * start,
                              args->channel + 3 * channel,
                              out + channel + line * args->out_line,
                              args->out_pixel,
                              args->out_length,
                              args->output_zero,
                              args->is_signed};

        for (; next < top + LINES; next++) {
            const int32_t slot = (next + LINES) % LINES;

            if (next >= 0 && next < args->in_lines) {
                read_line(args, strips, in + channel + next * args->in_line, slot);
            } else {
                fill_line(args, strips, slot, 0, strips->pairs);
            }
        }
        outputs_of_line(args, strips, &to);
    }
}

/* An output may lie where an input of the same channel was that has been read. */
void AE_NAME(depthwise_3x3)(const struct ae_depthwise_3x3 *args, const int8_t *in, int8_t *out,
                            int8_t *scratch)
{
    const int32_t words = args->stride == 1 ? (args->out_length + 1) / 2 : args->out_length;
    struct strips strips = {(int32_t *)(void *)scratch, words + 1, CHANNELS};

    for (int32_t channel = 0; channel < args->channels; channel += CHANNELS) {
        const int32_t left = args->channels - channel;

        strips.count = left < CHANNELS ? left : CHANNELS;
        channel_group(args, &strips, in, out, channel);
    }
    ae_limit_all(out, args->out_lines * args->out_length * args->channels, args->low, args->high);
}
