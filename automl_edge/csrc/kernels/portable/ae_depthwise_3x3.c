/* SPDX-License-Identifier: 0BSD */
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

static void set_lane(int32_t *word, int32_t is_high, int32_t value)
{
    *word = is_high ? ae_lanes(ae_low_lane(*word), value) : ae_lanes(value, ae_high_lane(*word));
}

/* Fill the line's words with the zero point, as far as pairs of inputs do not. */
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

/* Put input `i` of the line at `in` where it belongs, channel by channel. */
static void put(const struct ae_depthwise_3x3 *args, const struct strips *strips, const int8_t *in,
                int32_t slot, int32_t i)
{
    const int32_t place = i + args->pad_length;
    int32_t *word = strips->words + place / 2 * LINES + slot;

    for (int32_t c = 0; c < strips->count; c++) {
        set_lane(word, place & 1, in[i * args->in_pixel + c]);
        word += strips->pairs * LINES;
    }
}

static void read_line(const struct ae_depthwise_3x3 *args, const struct strips *strips,
                      const int8_t *in, int32_t slot)
{
    /* from input `odd` on, inputs come in pairs */
    const int32_t odd = args->pad_length & 1;
    const int32_t first = (args->pad_length + odd) / 2;
    const int32_t fitting = (2 * strips->pairs - args->pad_length - odd) / 2;
    const int32_t given = (args->in_length - odd) / 2;
    const int32_t pairs = strips->count < CHANNELS ? 0 : given < fitting ? given : fitting;
    const int32_t places = 2 * strips->pairs - args->pad_length;
    const int32_t length = args->in_length < places ? args->in_length : places;

    fill_line(args, strips, slot, 0, first);
    fill_line(args, strips, slot, first + pairs, strips->pairs);
    for (int32_t i = 0; i < odd; i++) {
        put(args, strips, in, slot, i);
    }
    if (pairs > 0) {
        AE_NAME(strip_fill)(in + odd * args->in_pixel, args->in_pixel, pairs,
                            strips->words + first * LINES + slot, strips->pairs * LINES);
    }
    for (int32_t i = odd + 2 * pairs; i < length; i++) {
        put(args, strips, in, slot, i);
    }
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
