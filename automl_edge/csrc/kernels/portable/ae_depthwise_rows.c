/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

/* Read row `y` of the channel at `in` into `to`, padded to `width` inputs; zero points if it is
 * outside. */
static void read_row(const struct ae_window *window, const int8_t *in, int32_t y, int8_t *to,
                     int32_t width)
{
    const int32_t channels = window->channels;
    const int8_t *from = in + y * window->in_width * channels;
    const int32_t room = width - window->pad_left;
    const int32_t fitting = window->in_width < room ? window->in_width : room;
    const int is_inside = y >= 0 && y < window->in_height;
    int8_t *const end = to + width;

    for (int32_t left = is_inside ? window->pad_left : 0; left > 0; left--) {
        *to++ = (int8_t)window->zero;
    }
    for (int32_t left = is_inside ? fitting : 0; left > 0; left--) {
        *to++ = *from;
        from += channels;
    }
    while (to != end) {
        *to++ = (int8_t)window->zero;
    }
}

/* Rows are read once each, in turn with the outputs that need them. */
static void one_channel(const struct ae_depthwise_rows *args, const int8_t *in,
                        const int8_t *weights, struct ae_scaled *to, int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int32_t count_and_stride[2] = {window->out_width, window->stride_width};
    const int32_t width = (window->out_width - 1) * window->stride_width + 3;
    int32_t *const sums = (int32_t *)(void *)scratch;
    int8_t *const bytes = scratch + 4 * window->out_width;
    int8_t *rows[3] = {bytes, bytes + width, bytes + 2 * width};
    int32_t y = -window->pad_top;
    int32_t fresh = 3;

    for (int32_t line = window->out_height; line > 0; line--) {
        const int8_t *read[3];

        for (; fresh > 0; fresh--) {
            int8_t *const oldest = rows[0];

            rows[0] = rows[1];
            rows[1] = rows[2];
            rows[2] = oldest;
            read_row(window, in, y, oldest, width);
            y++;
        }
        read[0] = rows[0];
        read[1] = rows[1];
        read[2] = rows[2];
        AE_NAME(row_sums)(read, weights, sums, count_and_stride);
        AE_NAME(scale_sums)(sums, to);
        to->out += window->out_width * window->channels;
        fresh = window->stride_height;
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
