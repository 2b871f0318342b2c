/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"
#include "ae_window.h"

/* Each stands in its turn, AE_TILED bytes after the one before. */
static uint8_t *fill(uint8_t *column, int32_t count, int32_t value)
{
    for (; count > 0; count--) {
        *column = (uint8_t)value;
        column += AE_TILED;
    }
    return column;
}

static uint8_t *copy(uint8_t *column, const int8_t *from, int32_t count)
{
    for (; count >= 4; count -= 4) {
        column[0] = (uint8_t)(from[0] + 128);
        column[AE_TILED] = (uint8_t)(from[1] + 128);
        column[2 * AE_TILED] = (uint8_t)(from[2] + 128);
        column[3 * AE_TILED] = (uint8_t)(from[3] + 128);
        column += 4 * AE_TILED;
        from += 4;
    }
    for (; count > 0; count--) {
        *column = (uint8_t)(*from++ + 128);
        column += AE_TILED;
    }
    return column;
}

/* Put the window at (y, x) into a pixel's turns, 128 added to each input; taps outside the image
 * are the zero point. */
static void gather(const struct ae_window *window, const int8_t *in, int32_t y, int32_t x,
                   uint8_t *column)
{
    const int32_t channels = window->channels;
    const int32_t step = window->dilation_width;
    const struct ae_taps taps = ae_taps_inside(x, window->kernel_width, step, window->in_width);
    const int32_t run = step == 1 ? taps.end - taps.first : 1;

    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        const int8_t *const row = in + (y * window->in_width + x) * channels;
        int32_t kx = y >= 0 && y < window->in_height ? taps.first : window->kernel_width;

        column = fill(column, kx * channels, window->zero + 128);
        for (; kx < taps.end; kx += run) {
            column = copy(column, row + kx * step * channels, run * channels);
        }
        column = fill(column, (window->kernel_width - kx) * channels, window->zero + 128);
        y += window->dilation_height;
    }
}

/* The last tile begins early enough to be a whole one: some pixels are computed twice. */
void AE_NAME(conv_2d_tiled)(const struct ae_conv_2d_tiled *args, const int8_t *in, int8_t *out,
                            int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    uint8_t *const columns = (uint8_t *)scratch;
    const int32_t last = window->out_height * window->out_width - AE_TILED;
    int32_t pixel = 0;

    for (;;) {
        int32_t row = pixel / window->out_width;
        int32_t column = pixel - row * window->out_width;

        for (int32_t p = 0; p < AE_TILED; p++) {
            gather(window, in, row * window->stride_height - window->pad_top,
                   column * window->stride_width - window->pad_left, columns + p);
            column++;
            if (column == window->out_width) {
                column = 0;
                row++;
            }
        }
        AE_NAME(tile_outputs)(&args->tiled, columns, out + pixel * args->tiled.channels);
        if (pixel == last) {
            return;
        }
        pixel = pixel + AE_TILED < last ? pixel + AE_TILED : last;
    }
}
