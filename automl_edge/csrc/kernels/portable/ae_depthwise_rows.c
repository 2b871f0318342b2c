/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"

/* Read row `y` of the channel at `in` into `to`, padded to `width` inputs; zero points if it is
 * outside. */
static void read_row(const struct ae_depthwise_rows *args, const int8_t *in, int32_t y, int8_t *to,
                     int32_t width)
{
    const struct ae_window *window = &args->window;
    const int32_t step = window->channels * (args->is_turned ? window->in_height : 1);
    const int8_t *from = in + y * window->channels * (args->is_turned ? 1 : window->in_width);
    const int32_t room = width - window->pad_left;
    const int32_t fitting = window->in_width < room ? window->in_width : room;
    const int is_inside = y >= 0 && y < window->in_height;
    int8_t *const end = to + width;

    for (int32_t left = is_inside ? window->pad_left : 0; left > 0; left--) {
        *to++ = (int8_t)window->zero;
    }
    for (int32_t left = is_inside ? fitting : 0; left > 0; left--) {
        *to++ = *from;
        from += step;
    }
    while (to != end) {
        *to++ = (int8_t)window->zero;
    }
}

/* The sums of a row of outputs, some at a time, to int8. */
static void one_row(const struct ae_depthwise_rows *args, int8_t *const *rows,
                    const int8_t *weights, struct ae_scaled *to, int32_t *sums)
{
    const int32_t stride = args->window.stride_width;
    const int8_t *read[3] = {rows[0], rows[1], rows[2]};
    int32_t left = args->window.out_width;

    for (;;) {
        const int32_t count = left < AE_ROWS_CHUNK ? left : AE_ROWS_CHUNK;
        const int32_t count_and_stride[2] = {count, stride};

        AE_NAME(row_sums)(read, weights, sums, count_and_stride);
        to->count = count;
        AE_NAME(scale_sums)(sums, to);
        to->out += count * to->pitch;
        left -= count;
        if (left == 0) {
            return;
        }
        for (int32_t i = 0; i < 3; i++) {
            read[i] += count * stride;
        }
    }
}

/* Rows are read once each, in turn with the outputs that need them. Taps of one row are taken
 * as three rows that begin in it three inputs apart. */
static void one_channel(const struct ae_depthwise_rows *args, const int8_t *in,
                        const int8_t *weights, struct ae_scaled *to, int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int is_line = window->kernel_height == 1;
    const int32_t width = (window->out_width - 1) * window->stride_width + (is_line ? 9 : 3);
    const int32_t pitch = is_line ? 3 : width;
    int8_t *const bytes = scratch + 4 * AE_ROWS_CHUNK;
    int8_t *rows[3] = {bytes, bytes + pitch, bytes + 2 * pitch};
    int32_t y = -window->pad_top;
    int32_t fresh = window->kernel_height;
    int8_t *out = to->out;

    for (int32_t line = window->out_height; line > 0; line--) {
        for (; fresh > 0; fresh--) {
            int8_t *const oldest = rows[0];

            if (!is_line) {
                rows[0] = rows[1];
                rows[1] = rows[2];
                rows[2] = oldest;
            }
            read_row(args, in, y, oldest, width);
            y++;
        }
        to->out = out;
        one_row(args, rows, weights, to, (int32_t *)(void *)scratch);
        out += window->channels * (args->is_turned ? 1 : window->out_width);
        fresh = window->stride_height;
    }
}

void AE_NAME(depthwise_rows)(const struct ae_depthwise_rows *args, const int8_t *in, int8_t *out,
                             int8_t *scratch)
{
    const int32_t channels = args->window.channels;
    const int32_t pitch = channels * (args->is_turned ? args->window.out_height : 1);

    for (int32_t c = 0; c < channels; c++) {
        struct ae_scaled to = {args->channel + 3 * c, out + c,   pitch,     0,
                               args->output_zero,     args->low, args->high};

        one_channel(args, in + c, args->weights + 9 * c, &to, scratch);
    }
}
