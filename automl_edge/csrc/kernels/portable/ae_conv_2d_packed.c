/* SPDX-License-Identifier: 0BSD */
#include <stddef.h>

#include "ae_lanes.h"
#include "ae_packed.h"
#include "ae_window.h"

/* Where the next output pixel's window starts. */
struct walk {
    int32_t x;
    int32_t y;
    int32_t column;
};

static void step(const struct ae_window *window, struct walk *at, int32_t pixels)
{
    at->x += pixels * window->stride_width;
    at->column += pixels;
    if (at->column == window->out_width) {
        at->column = 0;
        at->x = -window->pad_left;
        at->y += window->stride_height;
    }
}

/* Whether the next `count` windows lie side by side inside the image. */
static int are_inside(const struct ae_window *window, const struct walk *at, int32_t count)
{
    const int32_t bottom = at->y + (window->kernel_height - 1) * window->dilation_height;
    const int32_t last = at->x + (count - 1) * window->stride_width;
    const int32_t right = last + (window->kernel_width - 1) * window->dilation_width;

    return at->column + count <= window->out_width && at->y >= 0 && at->x >= 0 &&
           bottom < window->in_height && right < window->in_width;
}

static int32_t *widen(const int8_t *const *pixels, int32_t count, int32_t quads, int32_t *columns)
{
    return count == AE_TILE ? AE_NAME(widen_tile)(pixels, quads, columns)
                            : AE_NAME(widen_pixel)(pixels[0], quads, columns);
}

/* Windows side by side inside the image, whose rows are whole words. */
static void gather_inside(const struct ae_window *window, const int8_t *in, const struct walk *at,
                          int32_t count, int32_t *columns)
{
    const int32_t pitch = window->in_width * window->channels;
    const int32_t quads = window->kernel_width * window->channels / 4;
    const int8_t *pixels[AE_TILE];

    pixels[0] = in + at->y * pitch + at->x * window->channels;
    for (int32_t p = 1; p < AE_TILE; p++) {
        pixels[p] = pixels[p - 1] + window->stride_width * window->channels;
    }
    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        columns = widen(pixels, count, quads, columns);
        for (int32_t p = 0; p < AE_TILE; p++) {
            pixels[p] += window->dilation_height * pitch;
        }
    }
}

/* Row y of the image, or NULL outside of it. */
static const int8_t *image_row(const struct ae_window *window, const int8_t *in, int32_t y)
{
    return y >= 0 && y < window->in_height ? in + y * window->in_width * window->channels : NULL;
}

/* Windows whose rows are whole words: what leaves the image is copied, a row at a time. */
static void gather_rows(const struct ae_window *window, const int8_t *in, const struct walk *tile,
                        int32_t count, int32_t *columns, int8_t *patches)
{
    const int32_t row_bytes = window->kernel_width * window->channels;
    const int32_t widest = window->in_width - window->kernel_width;
    const int8_t *pixels[AE_TILE];

    for (int32_t ky = 0; ky < window->kernel_height; ky++) {
        int8_t *patch = patches;

        for (int32_t p = 0; p < count; p++) {
            const int32_t x = tile[p].x;
            const int8_t *row = image_row(window, in, tile[p].y + ky * window->dilation_height);

            if (row && x >= 0 && x <= widest) {
                pixels[p] = row + x * window->channels;
            } else {
                pixels[p] = patch;
                patch = AE_NAME(window_row)(window, row, x, patch);
            }
        }
        columns = widen(pixels, count, row_bytes / 4, columns);
    }
}

/* Windows side by side inside the image, of which each is copied whole. */
static void copy_inside(const struct ae_window *window, const int8_t *in, const struct walk *at,
                        int32_t count, int32_t bytes, int8_t *patches)
{
    const int32_t pitch = window->in_width * window->channels;

    in += at->y * pitch + at->x * window->channels;
    for (int32_t p = 0; p < count; p++) {
        AE_NAME(copy_rows)(patches, in, window->kernel_width * window->channels,
                           window->kernel_height, window->dilation_height * pitch);
        in += window->stride_width * window->channels;
        patches += bytes;
    }
}

/* Windows of any kind, of which each is copied whole. */
static void copy_windows(const struct ae_window *window, const int8_t *in, const struct walk *tile,
                         int32_t count, int32_t bytes, int8_t *patches)
{
    for (int32_t p = 0; p < count; p++) {
        int8_t *patch = patches;

        for (int32_t ky = 0; ky < window->kernel_height; ky++) {
            const int8_t *row = image_row(window, in, tile[p].y + ky * window->dilation_height);

            patch = AE_NAME(window_row)(window, row, tile[p].x, patch);
        }
        patches += bytes;
    }
}

static void widen_copies(const int8_t *patches, int32_t count, int32_t bytes, int32_t *columns)
{
    const int8_t *pixels[AE_TILE];

    for (int32_t p = 0; p < AE_TILE; p++) {
        pixels[p] = patches + p * bytes;
    }
    widen(pixels, count, bytes / 4, columns);
}

/* Widen the windows of `count` pixels from `at` on, which then is behind them. */
static void gather(const struct ae_conv_2d_packed *args, const int8_t *in, struct walk *at,
                   int32_t count, int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int32_t bytes = 2 * args->packed.steps;
    const int is_solid = window->kernel_width == 1 || window->dilation_width == 1;
    const int whole_rows = is_solid && window->kernel_width * window->channels % 4 == 0;
    int32_t *columns = (int32_t *)(void *)scratch;
    int8_t *patches = scratch + 2 * AE_TILE * bytes;

    if (is_solid && are_inside(window, at, count)) {
        if (whole_rows) {
            gather_inside(window, in, at, count, columns);
        } else {
            copy_inside(window, in, at, count, bytes, patches);
            widen_copies(patches, count, bytes, columns);
        }
        step(window, at, count);
    } else {
        struct walk tile[AE_TILE];

        for (int32_t p = 0; p < count; p++) {
            tile[p] = *at;
            step(window, at, 1);
        }
        if (whole_rows) {
            gather_rows(window, in, tile, count, columns, patches);
        } else {
            copy_windows(window, in, tile, count, bytes, patches);
            widen_copies(patches, count, bytes, columns);
        }
    }
}

/* What is left over of the last tile is done pixel by pixel. */
void AE_NAME(conv_2d_packed)(const struct ae_conv_2d_packed *args, const int8_t *in, int8_t *out,
                             int8_t *scratch)
{
    const struct ae_window *window = &args->window;
    const int32_t channels = args->packed.channels;
    const int32_t *const columns = (const int32_t *)(const void *)scratch;
    int32_t left = window->out_height * window->out_width;
    struct walk at = {-window->pad_left, -window->pad_top, 0};

    while (left > 0) {
        const int32_t count = left >= AE_TILE ? AE_TILE : 1;

        gather(args, in, &at, count, scratch);
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
