/* SPDX-License-Identifier: 0BSD */
#include "ae_lanes.h"
#include "ae_packed.h"
#include "ae_window.h"

/* Where the next output pixel's window starts. */
struct walk {
    int32_t x;
    int32_t y;
    int32_t column;
};

static void step(const struct ae_window *window, struct walk *at)
{
    at->x += window->stride_width;
    at->column++;
    if (at->column == window->out_width) {
        at->column = 0;
        at->x = -window->pad_left;
        at->y += window->stride_height;
    }
}

static int is_inside(const struct ae_window *window, const struct walk *at)
{
    const int32_t bottom = at->y + (window->kernel_height - 1) * window->dilation_height;
    const int32_t right = at->x + (window->kernel_width - 1) * window->dilation_width;

    return at->y >= 0 && at->x >= 0 && bottom < window->in_height && right < window->in_width;
}

static int8_t *fill(int8_t *patch, int32_t count, int32_t value)
{
    for (; count > 0; count--) {
        *patch++ = (int8_t)value;
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
        patch = AE_NAME(copy_bytes)(patch, row + (x + kx * window->dilation_width) * channels,
                                    run * channels);
    }
    return fill(patch, (window->kernel_width - taps.end) * channels, window->zero);
}

/* Copy the window at `at` into `patch`; taps outside the image read the zero point. */
static void copy_window(const struct ae_window *window, const int8_t *in, const struct walk *at,
                        int8_t *patch)
{
    const int32_t row_bytes = window->kernel_width * window->channels;
    const int32_t pitch = window->in_width * window->channels;

    if (window->dilation_width == 1 && is_inside(window, at)) {
        const int8_t *row = in + at->y * pitch + at->x * window->channels;

        for (int32_t ky = 0; ky < window->kernel_height; ky++) {
            patch = AE_NAME(copy_bytes)(patch, row, row_bytes);
            row += window->dilation_height * pitch;
        }
        return;
    }
    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        const int32_t y = at->y + ky * window->dilation_height;

        if (y >= 0 && y < window->in_height) {
            patch = copy_row(window, in + y * pitch, at->x, patch);
        } else {
            patch = fill(patch, row_bytes, window->zero);
        }
    }
}

/* Widen the windows of `count` pixels from `at` on, straight from the image if `in_place`. */
static void gather(const struct ae_conv_2d_packed *args, const int8_t *in, const struct walk *tile,
                   int32_t count, int8_t *scratch, int in_place)
{
    const struct ae_window *window = &args->window;
    const int32_t pitch = window->in_width * window->channels;
    const int32_t bytes = 2 * args->packed.steps;
    int32_t *columns = (int32_t *)(void *)scratch;
    int8_t *patch = scratch + 2 * AE_TILE * bytes;
    const int32_t rows = in_place ? window->kernel_height : 1;
    const int32_t quads = in_place ? window->kernel_width * window->channels / 4 : bytes / 4;
    const int8_t *pixels[AE_TILE];

    for (int32_t p = 0; p < count; p++) {
        if (in_place) {
            pixels[p] = in + tile[p].y * pitch + tile[p].x * window->channels;
        } else {
            copy_window(window, in, &tile[p], patch);
            pixels[p] = patch;
            patch += bytes;
        }
    }
    for (int32_t ky = 0; ky < rows; ky++) {
        columns = count == AE_TILE ? AE_NAME(widen_tile)(pixels, quads, columns)
                                   : AE_NAME(widen_pixel)(pixels[0], quads, columns);
        for (int32_t p = 0; p < count; p++) {
            pixels[p] += window->dilation_height * pitch;
        }
    }
}

/* Windows are read straight from the image where they lie inside it and their rows are a
 * multiple of four bytes long. What is left over of the last tile is done pixel by pixel. */
void AE_NAME(conv_2d_packed)(const struct ae_conv_2d_packed *args, const int8_t *in, int8_t *out,
                             int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int32_t channels = args->packed.channels;
    const int32_t *const columns = (const int32_t *)(const void *)scratch;
    const int whole_rows = window->kernel_width * window->channels % 4 == 0 &&
                           (window->kernel_width == 1 || window->dilation_width == 1);
    int32_t left = window->out_height * window->out_width;
    struct walk at = {-window->pad_left, -window->pad_top, 0};

    while (left > 0) {
        const int32_t count = left >= AE_TILE ? AE_TILE : 1;
        struct walk tile[AE_TILE];
        int in_place = whole_rows;

        for (int32_t p = 0; p < count; p++) {
            tile[p] = at;
            in_place = in_place && is_inside(window, &at);
            step(window, &at);
        }
        gather(args, in, tile, count, scratch, in_place);
        if (count == AE_TILE) {
            AE_NAME(packed_tile)(&args->packed, columns, out);
        } else {
            AE_NAME(packed_pixel)(&args->packed, columns, out);
        }
        ae_limit_all(out, count * channels, args->packed.low, args->packed.high);
        out += count * channels;
        left -= count;
    }
}
