/* SPDX-License-Identifier: 0BSD */
#include "ae_kernels.h"
#include "ae_window.h"

/* Copy the window at (y, x) into `patch`, the zero point where it leaves the image. */
static void gather(const struct ae_window *window, const int8_t *in, int32_t y, int32_t x,
                   int8_t *patch)
{
    const int32_t channels = window->channels;
    const struct ae_taps rows =
        ae_taps_inside(y, window->kernel_height, window->dilation_height, window->in_height);
    const struct ae_taps columns =
        ae_taps_inside(x, window->kernel_width, window->dilation_width, window->in_width);

    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        const int32_t row = (y + ky * window->dilation_height) * window->in_width;

        for (int32_t kx = 0; kx < window->kernel_width; kx++) {
            const int32_t column = x + kx * window->dilation_width;

            if (ky < rows.first || ky >= rows.end || kx < columns.first || kx >= columns.end) {
                for (int32_t c = 0; c < channels; c++) {
                    *patch++ = (int8_t)window->zero;
                }
            } else {
                const int8_t *pixel = in + (row + column) * channels;

                for (int32_t c = 0; c < channels; c++) {
                    *patch++ = *pixel++;
                }
            }
        }
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

            if (unbroken && is_inside(window, y, x)) {
                AE_NAME(dense)(&args->dense, in + (y * window->in_width + x) * window->channels,
                               out);
            } else {
                gather(window, in, y, x, patch);
                AE_NAME(dense)(&args->dense, patch, out);
            }
            out += args->dense.channels;
        }
    }
}
