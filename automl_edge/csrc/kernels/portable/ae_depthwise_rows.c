/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

/* The padded rows of one channel: row y of the image is row (y + 3) % 3 of `bytes`. */
struct ring {
    int8_t *bytes;
    int32_t width;
};

/* Read row `y` of the channel at `in`, or zero points if it is outside. */
static void read_row(const struct ae_window *window, const int8_t *in, int32_t y,
                     const struct ring *ring)
{
    int8_t *to = ring->bytes + (y + 3) % 3 * ring->width;
    const int8_t *from = in + y * window->in_width * window->channels;
    const int32_t channels = window->channels;
    const int32_t room = ring->width - window->pad_left;
    int32_t length = window->in_width < room ? window->in_width : room;
    int32_t rest = ring->width;

    if (y < 0 || y >= window->in_height) {
        length = 0;
    } else if (window->pad_left > 0) {
        *to++ = (int8_t)window->zero;
        rest--;
    }
    rest -= length;
    for (; length > 0; length--) {
        *to++ = *from;
        from += channels;
    }
    for (; rest > 0; rest--) {
        *to++ = (int8_t)window->zero;
    }
}

/* Rows are read once each, in turn with the outputs that need them. */
static void one_channel(const struct ae_depthwise_rows *args, const int8_t *in,
                        const int8_t *weights, struct ae_scaled *to, int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int32_t count_and_stride[2] = {window->out_width, window->stride_width};
    int32_t *const sums = (int32_t *)(void *)scratch;
    const struct ring ring = {scratch + 4 * window->out_width,
                              (window->out_width - 1) * window->stride_width + 3};
    int32_t next = -window->pad_top;

    for (int32_t line = 0; line < window->out_height; line++) {
        const int32_t top = line * window->stride_height - window->pad_top;
        const int8_t *rows[3];

        for (; next < top + 3; next++) {
            read_row(window, in, next, &ring);
        }
        for (int32_t ky = 0; ky < 3; ky++) {
            rows[ky] = ring.bytes + (top + ky + 3) % 3 * ring.width;
        }
        AE_NAME(row_sums)(rows, weights, sums, count_and_stride);
        AE_NAME(scale_sums)(sums, to);
        to->out += window->out_width * window->channels;
    }
}

void AE_NAME(depthwise_rows)(const struct ae_depthwise_rows *args, const int8_t *in, int8_t *out,
                             int8_t *scratch)
{
    const int32_t channels = args->window.channels;

    for (int32_t c = 0; c < channels; c++) {
        struct ae_scaled to = {args->channel + 3 * c, out + c,   channels,  args->window.out_width,
                               args->output_zero,     args->low, args->high};

        one_channel(args, in + c, args->weights + 9 * c, &to, scratch);
    }
}
