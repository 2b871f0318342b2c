/* SPDX-License-Identifier: 0BSD */
#include "ae_tiled.h"

#define ROWS 3

/* What all channels have in common. */
static void put_shape(const struct ae_depthwise_slide *args, struct ae_slide *slide)
{
    const struct ae_window *window = &args->window;
    const int32_t stride = window->stride_width;
    const int32_t last = (window->out_width - 1) * stride - window->pad_left + ROWS;
    int32_t columns = window->in_width;

    slide->step = window->channels;
    slide->output_zero = args->output_zero;
    slide->low = args->low;
    slide->high = args->high;
    slide->pad_left = window->pad_left;
    slide->pad_right = last > columns;
    slide->inside = (window->out_width - slide->pad_right) * slide->step;
    slide->stride = stride;
    if (last < columns) {
        columns = last;
    }
    slide->skip = (stride * window->in_width - columns) * slide->step;
}

/* Go to the rows from `top` on; the number of rows of outputs that can be made in one go. Rows
 * outside the image get weights of 0 and their share in the bias. */
static int32_t put_rows(const struct ae_window *window, const int8_t *weights, int32_t bias,
                        const int8_t *in, int32_t top, struct ae_slide *slide)
{
    const int32_t pitch = window->in_width * window->channels;
    int32_t *const w = slide->weights;
    uint32_t outside = 0;

    for (int32_t ky = 0; ky < ROWS; ky++) {
        const int32_t y = top + ky;
        const int is_inside = y >= 0 && y < window->in_height;

        slide->rows[ky] = is_inside ? in + y * pitch : in;
        for (int32_t i = 3 * ky; i < 3 * ky + 3; i++) {
            w[i] = is_inside ? weights[i] : 0;
            outside += (uint32_t)(weights[i] - w[i]);
        }
    }
    slide->channel[0] = (int32_t)((uint32_t)bias + (uint32_t)window->zero * outside);
    slide->left = window->zero * (w[0] + w[3] + w[6]);
    slide->right = window->zero * (w[2] + w[5] + w[8]);
    if (top < 0 || top + ROWS > window->in_height) {
        return 1;
    }
    return (window->in_height - ROWS - top) / window->stride_height + 1;
}

void AE_NAME(depthwise_slide)(const struct ae_depthwise_slide *args, const int8_t *in, int8_t *out)
{
    const struct ae_window *window = &args->window;
    struct ae_slide slide;

    put_shape(args, &slide);
    for (int32_t c = 0; c < window->channels; c++) {
        const int32_t *const channel = args->channel + 3 * c;
        int32_t row = 0;

        slide.channel[1] = channel[1];
        slide.channel[2] = channel[2];
        slide.out = out + c;
        while (row < window->out_height) {
            slide.count = put_rows(window, args->weights + 9 * c, channel[0], in + c,
                                   row * window->stride_height - window->pad_top, &slide);
            row += slide.count;
            AE_NAME(slide_rows)(&slide);
        }
    }
}
