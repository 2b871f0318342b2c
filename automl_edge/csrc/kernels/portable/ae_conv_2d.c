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

/* Whether every window is one stretch of memory: a single row, or rows as wide as the image. */
static int is_unbroken(const struct ae_window *window)
{
    const int one_row = window->kernel_height == 1;
    const int whole_rows =
        window->kernel_width == window->in_width && window->dilation_height == 1;

    return (one_row || whole_rows) && (window->kernel_width == 1 || window->dilation_width == 1);
}

static int is_inside(const struct ae_window *window, int32_t y, int32_t x)
{
    const int32_t bottom = y + (window->kernel_height - 1) * window->dilation_height;
    const int32_t right = x + (window->kernel_width - 1) * window->dilation_width;

    return y >= 0 && x >= 0 && bottom < window->in_height && right < window->in_width;
}

/* Each output pixel is a dense layer on its window, read in place where that is possible. */
void AE_NAME(conv_2d)(const struct ae_conv_2d *args, const int8_t *in, int8_t *out, int8_t *patch)
{
    const struct ae_window *window = &args->window;
    const int unbroken = is_unbroken(window);

    for (int32_t oy = 0; oy < window->out_height; oy++) {
        const int32_t y = oy * window->stride_height - window->pad_top;

        for (int32_t ox = 0; ox < window->out_width; ox++) {
            const int32_t x = ox * window->stride_width - window->pad_left;
            const int8_t *taps = patch;

            if (unbroken && is_inside(window, y, x)) {
                taps = in + (y * window->in_width + x) * window->channels;
            } else {
                gather(window, in, y, x, patch);
            }
            AE_NAME(dense)(&args->dense, taps, out);
            out += args->dense.channels;
        }
    }
}
