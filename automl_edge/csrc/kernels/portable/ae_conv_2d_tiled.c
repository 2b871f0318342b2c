/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"
#include "ae_window.h"

/* Each stands in its turn, AE_TILED bytes after the one before. */
static int8_t *fill(int8_t *column, int32_t count, int32_t value)
{
    for (; count > 0; count--) {
        *column = (int8_t)value;
        column += AE_TILED;
    }
    return column;
}

static int8_t *copy(int8_t *column, const int8_t *from, int32_t count)
{
    for (; count > 0; count--) {
        *column = *from++;
        column += AE_TILED;
    }
    return column;
}

static int8_t *gather_row(const struct ae_window *window, const int8_t *row, int32_t x,
                          int8_t *column)
{
    const int32_t channels = window->channels;
    const struct ae_taps taps =
        ae_taps_inside(x, window->kernel_width, window->dilation_width, window->in_width);
    const int32_t run = window->dilation_width == 1 ? taps.end - taps.first : 1;

    column = fill(column, taps.first * channels, window->zero);
    for (int32_t kx = taps.first; kx < taps.end; kx += run) {
        column = copy(column, row + (x + kx * window->dilation_width) * channels, run * channels);
    }
    return fill(column, (window->kernel_width - taps.end) * channels, window->zero);
}

/* Put the window at (y, x) into a pixel's turns; taps outside the image are the zero point. */
static void gather(const struct ae_window *window, const int8_t *in, int32_t y, int32_t x,
                   int8_t *column)
{
    const int32_t pitch = window->in_width * window->channels;

    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        if (y >= 0 && y < window->in_height) {
            column = gather_row(window, in + y * pitch, x, column);
        } else {
            column = fill(column, window->kernel_width * window->channels, window->zero);
        }
        y += window->dilation_height;
    }
}

/* The last tile begins early enough to be a whole one: some pixels are computed twice. */
void AE_NAME(conv_2d_tiled)(const struct ae_conv_2d_tiled *args, const int8_t *in, int8_t *out,
                            int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int32_t last = window->out_height * window->out_width - AE_TILED;
    int32_t pixel = 0;

    for (;;) {
        int32_t row = pixel / window->out_width;
        int32_t column = pixel - row * window->out_width;

        for (int32_t p = 0; p < AE_TILED; p++) {
            gather(window, in, row * window->stride_height - window->pad_top,
                   column * window->stride_width - window->pad_left, scratch + p);
            column++;
            if (column == window->out_width) {
                column = 0;
                row++;
            }
        }
        AE_NAME(tile_outputs)(&args->tiled, scratch, out + pixel * args->tiled.channels);
        if (pixel == last) {
            return;
        }
        pixel = pixel + AE_TILED < last ? pixel + AE_TILED : last;
    }
}
