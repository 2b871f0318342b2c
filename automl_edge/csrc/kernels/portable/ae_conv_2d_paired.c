/* SPDX-License-Identifier: 0BSD */
#include "ae_paired.h"
#include "ae_window.h"

/* The rows of one pixel's window: where the first is, and how far apart they are. */
struct rows {
    const int8_t *first;
    int32_t pitch;
};

static int is_inside(const struct ae_window *window, int32_t y, int32_t x)
{
    const int32_t bottom = y + (window->kernel_height - 1) * window->dilation_height;
    const int32_t right = x + (window->kernel_width - 1) * window->dilation_width;

    return y >= 0 && x >= 0 && bottom < window->in_height && right < window->in_width;
}

static int8_t *fill(int8_t *patch, int32_t count, int32_t value)
{
    for (; count > 0; count--) {
        *patch++ = (int8_t)value;
    }
    return patch;
}

static int8_t *copy(int8_t *patch, const int8_t *from, int32_t count)
{
    for (; count > 0; count--) {
        *patch++ = *from++;
    }
    return patch;
}

static int8_t *copy_row(const struct ae_window *window, const int8_t *row, int32_t x, int8_t *patch)
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

/* The rows of the window at (y, x), in place where they are whole, or else copied. */
static struct rows rows_of(const struct ae_window *window, const int8_t *in, int32_t y, int32_t x,
                           int8_t *patch)
{
    const int32_t pitch = window->in_width * window->channels;
    const int32_t row_bytes = window->kernel_width * window->channels;
    const int whole_rows = window->kernel_width == 1 || window->dilation_width == 1;
    struct rows rows = {patch, row_bytes};

    if (whole_rows && is_inside(window, y, x)) {
        rows.first = in + y * pitch + x * window->channels;
        rows.pitch = window->dilation_height * pitch;
        return rows;
    }
    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        if (y >= 0 && y < window->in_height) {
            patch = copy_row(window, in + y * pitch, x, patch);
        } else {
            patch = fill(patch, row_bytes, window->zero);
        }
        y += window->dilation_height;
    }
    return rows;
}

/* Put the windows of the pixels from (y, x) on into pairs. */
static void gather(const struct ae_conv_2d_paired *args, const int8_t *in, int32_t pixel,
                   int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int32_t row_bytes = window->kernel_width * window->channels;
    const int32_t bytes = window->kernel_height * row_bytes;
    int32_t *columns = (int32_t *)(void *)scratch;
    int32_t *const end = columns + 8 * args->paired.quads;
    int8_t *const patch = (int8_t *)(void *)end;
    const int8_t *pixels[AE_PAIRED_TILE];
    int32_t pitch[AE_PAIRED_TILE];
    int32_t row = pixel / window->out_width;
    int32_t column = pixel - row * window->out_width;

    for (int32_t p = 0; p < AE_PAIRED_TILE; p++) {
        const struct rows rows =
            rows_of(window, in, row * window->stride_height - window->pad_top,
                    column * window->stride_width - window->pad_left, patch + p * bytes);

        pixels[p] = rows.first;
        pitch[p] = rows.pitch;
        column++;
        if (column == window->out_width) {
            column = 0;
            row++;
        }
    }
    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        columns = AE_NAME(paired_columns)(pixels, row_bytes, columns);
        for (int32_t p = 0; p < AE_PAIRED_TILE; p++) {
            pixels[p] += pitch[p];
        }
    }
    while (columns != end) {
        *columns++ = 0;
    }
}

/* The last tile begins early enough to be a whole one: some pixels are computed twice. */
void AE_NAME(conv_2d_paired)(const struct ae_conv_2d_paired *args, const int8_t *in, int8_t *out,
                             int8_t *scratch)
{
    const int32_t last = args->window.out_height * args->window.out_width - AE_PAIRED_TILE;
    int32_t pixel = 0;

    for (;;) {
        gather(args, in, pixel, scratch);
        AE_NAME(paired_tile)(&args->paired, (const int32_t *)(const void *)scratch,
                             out + pixel * args->paired.channels);
        if (pixel == last) {
            return;
        }
        pixel = pixel + AE_PAIRED_TILE < last ? pixel + AE_PAIRED_TILE : last;
    }
}
