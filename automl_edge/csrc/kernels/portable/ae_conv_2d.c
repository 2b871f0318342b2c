/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"
#include "ae_window.h"

static int8_t *fill(int8_t *patch, int32_t count, int32_t value)
{
    for (int32_t i = 0; i < count; i++) {
        *patch++ = (int8_t)value;
    }
    return patch;
}

static int8_t *copy(int8_t *patch, const int8_t *from, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        *patch++ = *from++;
    }
    return patch;
}

/* Copy the taps of one row that lie inside the image, and the zero point for the others. */
static int8_t *gather_row(const struct ae_window *window, const int8_t *row, int32_t x,
                          int8_t *patch)
{
    const int32_t channels = window->channels;
    const struct ae_taps taps =
        ae_taps_inside(x, window->kernel_width, window->dilation_width, window->in_width);
    const int32_t run = window->dilation_width == 1 ? taps.end - taps.first : 1;

    patch = fill(patch, taps.first * channels, window->zero);
    for (int32_t kx = taps.first; kx < taps.end; kx += run) {
        patch = copy(patch, row + (x + kx * window->dilation_width) * channels, run * channels);
    }
    return fill(patch, (window->kernel_width - taps.end) * channels, window->zero);
}

/* Copy the window at (y, x) into `patch`. */
static void gather(const struct ae_window *window, const int8_t *in, int32_t y, int32_t x,
                   int8_t *patch)
{
    const int32_t pitch = window->in_width * window->channels;

    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        if (y >= 0 && y < window->in_height) {
            patch = gather_row(window, in + y * pitch, x, patch);
        } else {
            patch = fill(patch, window->kernel_width * window->channels, window->zero);
        }
        y += window->dilation_height;
    }
}

/* Each output pixel is a dense layer on a copy of its window. */
void AE_NAME(conv_2d)(const struct ae_conv_2d *args, const int8_t *in, int8_t *out, int8_t *patch)
{
    const struct ae_window *window = &args->window;

    for (int32_t oy = 0; oy < window->out_height; oy++) {
        const int32_t y = oy * window->stride_height - window->pad_top;

        for (int32_t ox = 0; ox < window->out_width; ox++) {
            gather(window, in, y, ox * window->stride_width - window->pad_left, patch);
            AE_NAME(dense)(&args->dense, patch, out);
            out += args->dense.channels;
        }
    }
}
