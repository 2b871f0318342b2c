/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

#define ROWS 3

/* One row of outputs of one channel: three rows of inputs, of which those outside the image
 * have weights of 0 and their share in `bias`. */
struct line {
    const int8_t *rows[ROWS];
    int32_t weights[ROWS * 3];
    int32_t channel[3];
};

/* Three inputs, one below the other. */
struct taps {
    int32_t top;
    int32_t middle;
    int32_t bottom;
};

/* The inputs `at` bytes after the rows' beginning; outside of `width` they are `zero`. */
static inline struct taps taps_at(const int8_t *const *rows, int32_t at, int32_t width,
                                  int32_t zero)
{
    struct taps taps = {zero, zero, zero};

    if ((uint32_t)at < (uint32_t)width) {
        taps.top = rows[0][at];
        taps.middle = rows[1][at];
        taps.bottom = rows[2][at];
    }
    return taps;
}

static inline int32_t products(struct taps w, struct taps taps)
{
    return w.top * taps.top + w.middle * taps.middle + w.bottom * taps.bottom;
}

/* With a stride of 1, two columns of inputs out of three are those of the output before. */
static inline void slide(const struct ae_depthwise_slide *args, const struct line *line,
                         int32_t stride, int8_t *out)
{
    const int8_t *const rows[ROWS] = {line->rows[0], line->rows[1], line->rows[2]};
    const int32_t channel[3] = {line->channel[0], line->channel[1], line->channel[2]};
    const int32_t *const w = line->weights;
    const struct taps w_left = {w[0], w[3], w[6]};
    const struct taps w_centre = {w[1], w[4], w[7]};
    const struct taps w_right = {w[2], w[5], w[8]};
    const int32_t step = args->window.channels;
    const int32_t width = args->window.in_width * step;
    const int32_t zero = args->window.zero;
    const int32_t output_zero = args->output_zero;
    const int32_t low = args->low;
    const int32_t high = args->high;
    const int8_t *const end = out + args->window.out_width * step;
    int32_t at = -args->window.pad_left * step;
    struct taps left = taps_at(rows, at, width, zero);
    struct taps centre = taps_at(rows, at + step, width, zero);

    while (out != end) {
        const struct taps right = taps_at(rows, at + 2 * step, width, zero);
        const int32_t sum =
            products(w_left, left) + products(w_centre, centre) + products(w_right, right);

        *out = ae_tiled_result(sum, channel, output_zero, low, high);
        out += step;
        at += stride * step;
        left = stride == 1 ? centre : right;
        centre = stride == 1 ? right : taps_at(rows, at + step, width, zero);
    }
}

static void one_line(const struct ae_depthwise_slide *args, const int8_t *in, int32_t c,
                     int32_t top, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t pitch = window->in_width * window->channels;
    const int8_t *const taps = args->weights + 9 * c;
    const int32_t *const channel = args->channel + 3 * c;
    struct line line;
    uint32_t bias = (uint32_t)channel[0];

    for (int32_t ky = 0; ky < ROWS; ky++) {
        const int32_t y = top + ky;
        const int is_inside = y >= 0 && y < window->in_height;

        line.rows[ky] = is_inside ? in + y * pitch : in;
        for (int32_t i = 3 * ky; i < 3 * ky + 3; i++) {
            line.weights[i] = is_inside ? taps[i] : 0;
            bias += is_inside ? 0 : (uint32_t)(window->zero * taps[i]);
        }
    }
    line.channel[0] = (int32_t)bias;
    line.channel[1] = channel[1];
    line.channel[2] = channel[2];
    if (window->stride_width == 1) {
        slide(args, &line, 1, out);
    } else {
        slide(args, &line, 2, out);
    }
}

void AE_NAME(depthwise_slide)(const struct ae_depthwise_slide *args, const int8_t *in, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t pitch = window->out_width * window->channels;

    for (int32_t c = 0; c < window->channels; c++) {
        for (int32_t row = 0; row < window->out_height; row++) {
            one_line(args, in + c, c, row * window->stride_height - window->pad_top,
                     out + c + row * pitch);
        }
    }
}
