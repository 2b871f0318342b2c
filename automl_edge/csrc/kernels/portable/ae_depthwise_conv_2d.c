/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"
#include "ae_window.h"

/* The taps of one window that lie inside the image: the first one's input and weights, how
 * many there are, and how far apart in bytes. */
struct taps {
    const int8_t *in;
    const int8_t *weights;
    int32_t rows;
    int32_t columns;
    int32_t in_row;
    int32_t in_column;
    int32_t weights_row;
    int32_t weights_column;
};

static struct taps find_taps(const struct ae_depthwise_conv_2d *args, const int8_t *in, int32_t y,
                             int32_t x)
{
    const struct ae_window *window = &args->window;
    const struct ae_taps rows =
        ae_taps_inside(y, window->kernel_height, window->dilation_height, window->in_height);
    const struct ae_taps columns =
        ae_taps_inside(x, window->kernel_width, window->dilation_width, window->in_width);
    const int32_t pitch = window->in_width * window->channels;
    struct taps taps;

    taps.rows = rows.end - rows.first;
    taps.columns = columns.end - columns.first;
    taps.in_row = window->dilation_height * pitch;
    taps.in_column = window->dilation_width * window->channels;
    taps.weights_column = window->channels * args->multiplier;
    taps.weights_row = window->kernel_width * taps.weights_column;
    taps.in = in;
    taps.weights = args->weights;
    if (taps.rows > 0 && taps.columns > 0) {
        taps.in += y * pitch + x * window->channels + rows.first * taps.in_row +
                   columns.first * taps.in_column;
        taps.weights += rows.first * taps.weights_row + columns.first * taps.weights_column;
    }
    return taps;
}

/* Sums of four neighbouring channels, for a multiplier of 1. */
static void four_channels(const struct taps *taps, int32_t channel, int32_t zero, int32_t sums[4])
{
    const int8_t *in = taps->in + channel;
    const int8_t *weights = taps->weights + channel;
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;

    for (int32_t row = taps->rows; row > 0; row--) {
        const int8_t *x = in;
        const int8_t *w = weights;

        for (int32_t column = taps->columns; column > 0; column--) {
            sum0 += (x[0] - zero) * w[0];
            sum1 += (x[1] - zero) * w[1];
            sum2 += (x[2] - zero) * w[2];
            sum3 += (x[3] - zero) * w[3];
            x += taps->in_column;
            w += taps->weights_column;
        }
        in += taps->in_row;
        weights += taps->weights_row;
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

static int32_t one_channel(const struct taps *taps, int32_t in_channel, int32_t channel,
                           int32_t zero)
{
    const int8_t *in = taps->in + in_channel;
    const int8_t *weights = taps->weights + channel;
    int32_t sum = 0;

    for (int32_t row = taps->rows; row > 0; row--) {
        const int8_t *x = in;
        const int8_t *w = weights;

        for (int32_t column = taps->columns; column > 0; column--) {
            sum += (*x - zero) * *w;
            x += taps->in_column;
            w += taps->weights_column;
        }
        in += taps->in_row;
        weights += taps->weights_row;
    }
    return sum;
}

static void one_pixel(const struct ae_depthwise_conv_2d *args, const struct taps *taps, int8_t *out)
{
    const int32_t channels = taps->weights_column;
    const int32_t zero = args->window.zero;
    int32_t sums[4];
    int32_t channel = 0;

    for (; args->multiplier == 1 && channel + 4 <= channels; channel += 4) {
        four_channels(taps, channel, zero, sums);
        AE_NAME(requantize)(&args->requantize, channel, sums, 4, out + channel);
    }
    for (; channel < channels; channel++) {
        sums[0] = one_channel(taps, channel / args->multiplier, channel, zero);
        AE_NAME(requantize)(&args->requantize, channel, sums, 1, out + channel);
    }
}

/* Taps outside the image are left out: they would read the zero point and add nothing. */
void AE_NAME(depthwise_conv_2d)(const struct ae_depthwise_conv_2d *args, const int8_t *in,
                                int8_t *out)
{
    const struct ae_window *window = &args->window;

    for (int32_t oy = 0; oy < window->out_height; oy++) {
        const int32_t y = oy * window->stride_height - window->pad_top;

        for (int32_t ox = 0; ox < window->out_width; ox++) {
            const struct taps taps =
                find_taps(args, in, y, ox * window->stride_width - window->pad_left);

            one_pixel(args, &taps, out);
            out += window->channels * args->multiplier;
        }
    }
}
