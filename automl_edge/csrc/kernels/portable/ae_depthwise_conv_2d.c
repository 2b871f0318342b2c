/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"
#include "ae_window.h"

/* One position of the window: its first pixel inside the image, and the taps inside. */
struct position {
    const int8_t *pixel;
    struct ae_taps rows;
    struct ae_taps columns;
    int8_t is_clipped;
};

static struct position locate(const struct ae_window *window, const int8_t *in, int32_t oy,
                              int32_t ox)
{
    const int32_t y = oy * window->stride_height - window->pad_top;
    const int32_t x = ox * window->stride_width - window->pad_left;
    struct position at;

    at.rows = ae_taps_inside(y, window->kernel_height, window->dilation_height, window->in_height);
    at.columns = ae_taps_inside(x, window->kernel_width, window->dilation_width, window->in_width);
    at.is_clipped = at.rows.first > 0 || at.rows.end < window->kernel_height ||
                    at.columns.first > 0 || at.columns.end < window->kernel_width;
    at.pixel = in;
    if (at.rows.first < at.rows.end && at.columns.first < at.columns.end) {
        at.pixel += ((y + at.rows.first * window->dilation_height) * window->in_width + x +
                     at.columns.first * window->dilation_width) *
                    window->channels;
    }
    return at;
}

/* What the taps outside the image add to one channel: the folded bias counts them as read. */
static int32_t padding_sum(const struct ae_window *window, const struct position *at,
                           const int8_t *weight, int32_t channels)
{
    int32_t sum = 0;

    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        for (int32_t kx = 0; kx < window->kernel_width; kx++) {
            if (ky < at->rows.first || ky >= at->rows.end || kx < at->columns.first ||
                kx >= at->columns.end) {
                sum += *weight;
            }
            weight += channels;
        }
    }
    return sum * window->zero;
}

static int8_t requantize(const struct ae_requantize *to, int32_t channel, int32_t sum)
{
    const int32_t shared = channel * to->step;
    const int32_t scaled =
        ae_scale(sum + to->bias[channel], to->multiplier[shared], to->shift[shared]);

    return ae_clamp(scaled + to->output_zero, to->low, to->high);
}

/* Four neighbouring channels at once, where output channel o reads input channel o. */
static void four_channels(const struct ae_depthwise_conv_2d *args, const struct position *at,
                          int32_t channel, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t channels = window->channels;
    const int32_t step = window->dilation_width * channels;
    int32_t sums[4] = {0, 0, 0, 0};
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;

    for (int32_t ky = at->rows.first; ky < at->rows.end; ky++) {
        const int8_t *w =
            args->weights + (ky * window->kernel_width + at->columns.first) * channels + channel;
        const int8_t *x = at->pixel + channel +
                          (ky - at->rows.first) * window->dilation_height * window->in_width *
                              channels;

        for (int32_t kx = at->columns.first; kx < at->columns.end; kx++) {
            sum0 += x[0] * w[0];
            sum1 += x[1] * w[1];
            sum2 += x[2] * w[2];
            sum3 += x[3] * w[3];
            w += channels;
            x += step;
        }
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
    for (int32_t i = 0; i < 4; i++) {
        if (at->is_clipped) {
            sums[i] += padding_sum(window, at, args->weights + channel + i, channels);
        }
        out[channel + i] = requantize(&args->requantize, channel + i, sums[i]);
    }
}

static void one_channel(const struct ae_depthwise_conv_2d *args, const struct position *at,
                        int32_t channel, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t channels = window->channels * args->multiplier;
    const int32_t step = window->dilation_width * window->channels;
    int32_t sum = 0;

    for (int32_t ky = at->rows.first; ky < at->rows.end; ky++) {
        const int8_t *w =
            args->weights + (ky * window->kernel_width + at->columns.first) * channels + channel;
        const int8_t *x = at->pixel + channel / args->multiplier +
                          (ky - at->rows.first) * window->dilation_height * window->in_width *
                              window->channels;

        for (int32_t kx = at->columns.first; kx < at->columns.end; kx++) {
            sum += *x * *w;
            w += channels;
            x += step;
        }
    }
    if (at->is_clipped) {
        sum += padding_sum(window, at, args->weights + channel, channels);
    }
    out[channel] = requantize(&args->requantize, channel, sum);
}

void AE_NAME(depthwise_conv_2d)(const struct ae_depthwise_conv_2d *args, const int8_t *in,
                                int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t channels = window->channels * args->multiplier;

    for (int32_t oy = 0; oy < window->out_height; oy++) {
        for (int32_t ox = 0; ox < window->out_width; ox++) {
            const struct position at = locate(window, in, oy, ox);
            int32_t channel = 0;

            if (args->multiplier == 1) {
                for (; channel + 4 <= channels; channel += 4) {
                    four_channels(args, &at, channel, out);
                }
            }
            for (; channel < channels; channel++) {
                one_channel(args, &at, channel, out);
            }
            out += channels;
        }
    }
}
