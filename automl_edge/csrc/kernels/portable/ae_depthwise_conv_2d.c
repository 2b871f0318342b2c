/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"
#include "ae_window.h"

#define CHANNELS 4

/*
 * Copied rows of a few channels, as wide as all windows of a row, with zero points beside the
 * image. There are as many as a window reaches over, or as the image has: row y is in slot
 * y modulo `height`. `next` is the first row that is not copied yet, `next_slot` where it goes.
 */
struct strip {
    int8_t *rows;
    int32_t height;
    int32_t columns;
    int32_t channels;
    int32_t next;
    int32_t next_slot;
};

/* The taps of one window that lie inside the image from top to bottom: the first one's slot
 * and weights, how many rows there are, and how many channels each tap has weights for. */
struct taps {
    int32_t slot;
    int32_t rows;
    const int8_t *weights;
    int32_t channels;
};

static int32_t span(int32_t kernel, int32_t dilation)
{
    return (kernel - 1) * dilation + 1;
}

/* `slot` modulo the number of slots. */
static int32_t wrapped(const struct strip *strip, int32_t slot)
{
    while (slot < 0) {
        slot += strip->height;
    }
    while (slot >= strip->height) {
        slot -= strip->height;
    }
    return slot;
}

static struct strip new_strip(const struct ae_window *window, int32_t channels, int8_t *rows)
{
    const int32_t reach = span(window->kernel_height, window->dilation_height);
    struct strip strip = {rows, reach, 0, channels, 0, 0};
    int32_t size;

    if (strip.height > window->in_height) {
        strip.height = window->in_height;
    }
    strip.columns = (window->out_width - 1) * window->stride_width +
                    span(window->kernel_width, window->dilation_width);
    size = strip.height * strip.columns * channels;
    for (int32_t i = 0; i < size; i++) {
        rows[i] = (int8_t)window->zero;
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
        int8_t *to = strip->rows + (strip->next_slot * strip->columns + window->pad_left) *
                                       strip->channels;

        for (int32_t x = 0; x < width; x++) {
            for (int32_t c = 0; c < strip->channels; c++) {
                *to++ = pixel[c];
            }
            pixel += window->channels;
        }
        strip->next_slot = wrapped(strip, strip->next_slot + 1);
    }
}

/* Sums of four neighbouring channels of the window from column `x` on, for a multiplier of 1. */
static void four_channels(const struct ae_window *window, const struct strip *strip,
                          const struct taps *taps, int32_t x, int32_t sums[CHANNELS])
{
    const int32_t in_step = window->dilation_width * CHANNELS;
    const int32_t zero = window->zero;
    const int8_t *weights = taps->weights;
    int32_t slot = taps->slot;
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;

    for (int32_t row = taps->rows; row > 0; row--) {
        const int8_t *in = strip->rows + (slot * strip->columns + x) * CHANNELS;

        for (int32_t column = window->kernel_width; column > 0; column--) {
            sum0 += (in[0] - zero) * weights[0];
            sum1 += (in[1] - zero) * weights[1];
            sum2 += (in[2] - zero) * weights[2];
            sum3 += (in[3] - zero) * weights[3];
            in += in_step;
            weights += taps->channels;
        }
        slot = wrapped(strip, slot + window->dilation_height);
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

/* Sum of output channel `out_channel` after the first one of the strip, made of `channel`. */
static int32_t one_channel(const struct ae_window *window, const struct strip *strip,
                           const struct taps *taps, int32_t x, int32_t channel,
                           int32_t out_channel)
{
    const int32_t in_step = window->dilation_width * strip->channels;
    const int8_t *weights = taps->weights + out_channel;
    int32_t slot = taps->slot;
    int32_t sum = 0;

    for (int32_t row = taps->rows; row > 0; row--) {
        const int8_t *in = strip->rows + (slot * strip->columns + x) * strip->channels + channel;

        for (int32_t column = window->kernel_width; column > 0; column--) {
            sum += (*in - window->zero) * *weights;
            in += in_step;
            weights += taps->channels;
        }
        slot = wrapped(strip, slot + window->dilation_height);
    }
    return sum;
}

/* One row of output pixels, of the strip's channels from output channel `first` on. */
static void one_row(const struct ae_depthwise_conv_2d *args, const struct strip *strip,
                    const struct taps *taps, int32_t first, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t multiplier = args->multiplier;
    int32_t sums[CHANNELS];

    for (int32_t ox = 0; ox < window->out_width; ox++) {
        const int32_t x = ox * window->stride_width;

        if (multiplier == 1 && strip->channels == CHANNELS) {
            four_channels(window, strip, taps, x, sums);
            AE_NAME(requantize)(&args->requantize, first, sums, CHANNELS, out);
        } else {
            int32_t channel = 0;

            for (int32_t c = 0; c < strip->channels; c++) {
                for (int32_t m = 0; m < multiplier; m++) {
                    sums[0] = one_channel(window, strip, taps, x, c, channel);
                    AE_NAME(requantize)(&args->requantize, first + channel, sums, 1,
                                        out + channel);
                    channel++;
                }
            }
        }
        out += taps->channels;
    }
}

/* All rows of one strip's channels. A row of the image is copied when the first window that
 * reaches down to it is due, so that an output may lie on inputs above its window's end. */
static void channel_group(const struct ae_depthwise_conv_2d *args, struct strip *strip,
                          const int8_t *in, int32_t first, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t reach = span(window->kernel_height, window->dilation_height);
    const int32_t channels = window->channels * args->multiplier;
    int32_t top = 0;
    int32_t top_slot = 0;

    for (int32_t oy = 0; oy < window->out_height; oy++) {
        const int32_t y = oy * window->stride_height - window->pad_top;
        const struct ae_taps rows =
            ae_taps_inside(y, window->kernel_height, window->dilation_height, window->in_height);
        const int32_t row = y + rows.first * window->dilation_height;
        struct taps taps = {0, rows.end - rows.first, args->weights + first, channels};

        copy_rows(window, strip, in, y + reach);
        if (taps.rows > 0) {
            top_slot = wrapped(strip, top_slot + row - top);
            top = row;
            taps.slot = top_slot;
            taps.weights += rows.first * window->kernel_width * channels;
        }
        one_row(args, strip, &taps, first, out + oy * window->out_width * channels);
    }
}

/* Rows beyond the image are left out: they would read the zero point and add nothing. */
void AE_NAME(depthwise_conv_2d)(const struct ae_depthwise_conv_2d *args, const int8_t *in,
                                int8_t *out, int8_t *rows)
{
    const struct ae_window *window = &args->window;
    int32_t channel = 0;

    while (channel < window->channels) {
        const int32_t left = window->channels - channel;
        const int32_t count = left < CHANNELS ? left : CHANNELS;
        const int32_t first = channel * args->multiplier;
        struct strip strip = new_strip(window, count, rows);

        channel_group(args, &strip, in + channel, first, out + first);
        channel += count;
    }
}
