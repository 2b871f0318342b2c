/* SPDX-License-Identifier: 0BSD */
#include <stddef.h>

#include "ae_lanes.h"
#include "ae_packed.h"

#define CHANNELS 4
#define LINES 3

/* What all lines of a layer have in common: how one is read, and what stands for one outside. */
struct lines {
    struct ae_strip_line inside;
    struct ae_strip_line outside;
    int32_t pairs;
};

static void expand(const int8_t *taps, int32_t *words)
{
    for (int32_t line = 0; line < LINES; line++) {
        *words++ = ae_lanes(taps[0], taps[1]);
        *words++ = ae_lanes(taps[1], taps[2]);
        taps += 3;
    }
    for (int32_t i = 0; i < AE_STRIP_WEIGHTS - 2 * LINES; i++) {
        *words = words[-2 * LINES];
        words++;
    }
}

static struct lines lines_of(const struct ae_depthwise_3x3 *args)
{
    const int32_t leads = args->pad_length > 0;
    const int32_t left = args->in_length - leads;
    struct lines lines = {{0}, {0}, 0};
    struct ae_strip_line *line = &lines.inside;
    int32_t room;

    lines.pairs = 1 + (args->stride == 1 ? (args->out_length + 1) / 2 : args->out_length);
    line->pixel = args->in_pixel;
    line->strip = lines.pairs * LINES;
    for (int32_t i = 0; i < CHANNELS; i++) {
        line->zeros[i] = args->zero;
    }
    lines.outside = *line;
    lines.outside.blanks = lines.pairs;
    room = lines.pairs - leads;
    line->leads = leads;
    line->pairs = left / 2 < room ? left / 2 : room;
    line->trails = line->pairs < room && left % 2 != 0;
    line->blanks = room - line->pairs - line->trails;
    return lines;
}

/* As strip_line, for fewer than four channels; outside the image where `in` is NULL. */
static void read_few(const struct ae_depthwise_3x3 *args, const struct lines *lines,
                     int32_t channels, const int8_t *in, int32_t *line)
{
    for (int32_t i = 0; i < lines->pairs; i++) {
        const int32_t low = 2 * i - args->pad_length;
        const int32_t high = low + 1;

        for (int32_t c = 0; c < channels; c++) {
            const int is_low = in && low >= 0 && low < args->in_length;
            const int is_high = in && high < args->in_length;

            line[c * lines->inside.strip] =
                ae_lanes(is_low ? in[low * args->in_pixel + c] : args->zero,
                         is_high ? in[high * args->in_pixel + c] : args->zero);
        }
        line += LINES;
    }
}

/* Line y of the image into its place of the strips. */
static void read_line(const struct ae_depthwise_3x3 *args, const struct lines *lines,
                      int32_t channels, const int8_t *in, int32_t y, int32_t *line)
{
    const int8_t *from = y >= 0 && y < args->in_lines ? in + y * args->in_line : NULL;

    if (channels < CHANNELS) {
        read_few(args, lines, channels, from, line);
    } else if (from) {
        AE_NAME(strip_line)(&lines->inside, from, line);
    } else {
        AE_NAME(strip_line)(&lines->outside, in, line);
    }
}

/* All lines of a few channels. Line y of the image lies in slot (y + 3) % 3 of the strips, so
 * that each is read once; the weights start with the line that lies in slot 0. */
static void channel_group(const struct ae_depthwise_3x3 *args, const struct lines *lines,
                          const struct ae_strips *strips, const int8_t *in, int8_t *out,
                          int32_t *scratch)
{
    int32_t weights[CHANNELS * AE_STRIP_WEIGHTS];
    const int8_t *taps = args->weights + 3 * (strips->channel - args->channel);
    int32_t y = -args->pad_lines;
    int32_t slot = args->pad_lines ? LINES - 1 : 0;
    int32_t start = args->pad_lines ? 1 : 0;

    for (int32_t c = 0; c < strips->channels; c++) {
        expand(taps + 9 * c, weights + c * AE_STRIP_WEIGHTS);
    }
    for (int32_t line = 0; line < args->out_lines; line++) {
        const int32_t end = line * args->stride - args->pad_lines + LINES;

        for (; y < end; y++) {
            read_line(args, lines, strips->channels, in, y, scratch + slot);
            slot = slot == LINES - 1 ? 0 : slot + 1;
        }
        if (args->stride == 1) {
            AE_NAME(strip_outputs)(strips, weights + 2 * start, out);
        } else {
            AE_NAME(strip_outputs_2)(strips, weights + 2 * start, out);
        }
        start -= args->stride;
        start += start < 0 ? LINES : 0;
        out += args->out_line;
    }
}

/* An output may lie where an input of the same channel was that has been read. */
void AE_NAME(depthwise_3x3)(const struct ae_depthwise_3x3 *args, const int8_t *in, int8_t *out,
                            int8_t *scratch)
{
    const struct lines lines = lines_of(args);
    int32_t *const words = (int32_t *)(void *)scratch;
    struct ae_strips strips = {words,
                               args->channel,
                               lines.inside.strip,
                               args->out_pixel,
                               args->out_length,
                               CHANNELS,
                               args->output_zero,
                               args->is_signed};

    for (int32_t channel = 0; channel < args->channels; channel += CHANNELS) {
        const int32_t left = args->channels - channel;

        strips.channels = left < CHANNELS ? left : CHANNELS;
        channel_group(args, &lines, &strips, in + channel, out + channel, words);
        strips.channel += 3 * CHANNELS;
    }
    ae_limit_all(out, args->out_lines * args->out_length * args->channels, args->low, args->high);
}
