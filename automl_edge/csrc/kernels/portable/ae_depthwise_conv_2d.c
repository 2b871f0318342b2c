/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"
#include "ae_window.h"

#define CHANNELS 4

/*
 * Copied rows of a few channels, as wide as all windows of a row, with zero points beside the
 * image. There are as many as a window reaches over, or as the image has: row y is in slot
 * y modulo `height`. `next` is the first row that is not copied yet, and goes to `slot`.
 */
struct strip {
    int8_t *rows;
    int32_t height;
    int32_t columns;
    int32_t channels;
    int32_t next;
    int32_t slot;
};

/* The taps of one row's windows that lie inside the image from top to bottom: those of the
 * first window, and how far it is to the next ones in bytes. Rows wrap around at `end`. */
struct taps {
    const int8_t *in;
    const int8_t *end;
    const int8_t *weights;
    int32_t ring;
    int32_t rows;
    int32_t columns;
    int32_t in_row;
    int32_t in_column;
    int32_t weights_column;
    int32_t zero;
};

static int32_t reach(int32_t kernel, int32_t dilation)
{
    return (kernel - 1) * dilation + 1;
}

/* A strip without any rows: zero points, which stay beside them. */
static struct strip new_strip(const struct ae_window *window, int32_t channels, int8_t *rows)
{
    const int32_t height = reach(window->kernel_height, window->dilation_height);
    struct strip strip = {rows, height, 0, channels, 0, 0};
    int8_t *end;

    if (height > window->in_height) {
        strip.height = window->in_height;
    }
    strip.columns = (window->out_width - 1) * window->stride_width +
                    reach(window->kernel_width, window->dilation_width);
    end = rows + strip.height * strip.columns * channels;
    while (rows != end) {
        *rows++ = (int8_t)window->zero;
    }
    return strip;
}

/* Copy the rows of the image up to `end` - 1; `in` is the first channel of its first pixel. */
static void copy_rows(const struct ae_window *window, struct strip *strip, const int8_t *in,
                      int32_t end)
{
    const int32_t room = strip->columns - window->pad_left;
    const int32_t width = window->in_width < room ? window->in_width : room;

    for (; strip->next < end && strip->next < window->in_height; strip->next++) {
        const int8_t *pixel = in + strip->next * window->in_width * window->channels;
        int8_t *to = strip->rows +
                     (strip->slot * strip->columns + window->pad_left) * strip->channels;

        for (int32_t x = 0; x < width; x++) {
            for (int32_t c = 0; c < strip->channels; c++) {
                *to++ = pixel[c];
            }
            pixel += window->channels;
        }
        strip->slot = strip->slot + 1 < strip->height ? strip->slot + 1 : 0;
    }
}

/* Sums of four neighbouring channels of the window `x` bytes on, for a multiplier of 1. */
static void four_channels(const struct taps *taps, int32_t x, int32_t sums[CHANNELS])
{
    const int8_t *in = taps->in + x;
    const int8_t *const end = taps->end + x;
    const int8_t *w = taps->weights;
    const int32_t zero = taps->zero;
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;

    for (int32_t row = taps->rows; row > 0; row--) {
        const int8_t *tap = in;

        for (int32_t column = taps->columns; column > 0; column--) {
            sum0 += (tap[0] - zero) * w[0];
            sum1 += (tap[1] - zero) * w[1];
            sum2 += (tap[2] - zero) * w[2];
            sum3 += (tap[3] - zero) * w[3];
            tap += taps->in_column;
            w += taps->weights_column;
        }
        in += taps->in_row;
        in -= in < end ? 0 : taps->ring;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

/* The sum for output channel `channel` of the window `x` bytes on. */
static int32_t one_channel(const struct taps *taps, int32_t x, int32_t channel)
{
    const int8_t *in = taps->in + x;
    const int8_t *const end = taps->end + x;
    const int8_t *w = taps->weights + channel;
    int32_t sum = 0;

    for (int32_t row = taps->rows; row > 0; row--) {
        const int8_t *tap = in;

        for (int32_t column = taps->columns; column > 0; column--) {
            sum += (*tap - taps->zero) * *w;
            tap += taps->in_column;
            w += taps->weights_column;
        }
        in += taps->in_row;
        in -= in < end ? 0 : taps->ring;
    }
    return sum;
}

/* One row of output pixels, for the strip's channels: from output channel `first` on. */
static void one_row(const struct ae_depthwise_conv_2d *args, const struct taps *taps,
                    int32_t channels, int32_t first, int8_t *out)
{
    const int32_t multiplier = args->multiplier;
    const int32_t step = args->window.stride_width * channels;
    const int32_t end = args->window.out_width * step;
    int32_t sums[CHANNELS];

    for (int32_t x = 0; x < end; x += step) {
        if (multiplier == 1 && channels == CHANNELS) {
            four_channels(taps, x, sums);
            AE_NAME(requantize)(&args->requantize, first, sums, CHANNELS, out);
        } else {
            for (int32_t c = 0; c < channels * multiplier; c++) {
                sums[0] = one_channel(taps, x + c / multiplier, c);
                AE_NAME(requantize)(&args->requantize, first + c, sums, 1, out + c);
            }
        }
        out += taps->weights_column;
    }
}

/* All rows of one strip's channels. A row of the image is copied when the first window that
 * reaches down to it is due, so that an output may lie on inputs above its window's end. */
static void all_rows(const struct ae_depthwise_conv_2d *args, struct strip *strip,
                     const int8_t *in, int32_t first, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t channels = window->channels * args->multiplier;
    const int32_t pitch = strip->columns * strip->channels;
    int32_t y = -window->pad_top;
    struct taps taps;

    taps.ring = strip->height * pitch;
    taps.end = strip->rows + taps.ring;
    taps.columns = window->kernel_width;
    taps.in_row = window->dilation_height * pitch;
    taps.in_column = window->dilation_width * strip->channels;
    taps.weights_column = channels;
    taps.zero = window->zero;
    for (int32_t oy = 0; oy < window->out_height; oy++) {
        const struct ae_taps rows =
            ae_taps_inside(y, window->kernel_height, window->dilation_height, window->in_height);

        copy_rows(window, strip, in, y + reach(window->kernel_height, window->dilation_height));
        taps.rows = rows.end - rows.first;
        taps.weights = args->weights + first + rows.first * window->kernel_width * channels;
        taps.in = strip->rows;
        if (taps.rows > 0) {
            /* the last `height` rows are there, the oldest of them in the next row's slot */
            int32_t slot = y + rows.first * window->dilation_height - strip->next + strip->slot;

            slot += slot < 0 ? strip->height : 0;
            taps.in += slot * pitch;
        }
        one_row(args, &taps, strip->channels, first, out);
        out += window->out_width * channels;
        y += window->stride_height;
    }
}

/* Rows beyond the image are left out: they would read the zero point and add nothing. */
void AE_NAME(depthwise_conv_2d)(const struct ae_depthwise_conv_2d *args, const int8_t *in,
                                int8_t *out, int8_t *rows)
{
    const int32_t channels = args->window.channels;

    for (int32_t channel = 0; channel < channels; channel += CHANNELS) {
        const int32_t left = channels - channel;
        const int32_t first = channel * args->multiplier;
        struct strip strip = new_strip(&args->window, left < CHANNELS ? left : CHANNELS, rows);

        all_rows(args, &strip, in + channel, first, out + first);
    }
}
