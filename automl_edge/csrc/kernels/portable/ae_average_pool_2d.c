/* SPDX-License-Identifier: 0BSD */
#include "ae_fixed.h"
#include "ae_kernels.h"
#include "ae_window.h"

/* round(sum / count), halves away from zero. */
static int32_t divide(int32_t sum, int32_t count)
{
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

/* The mean of the taps inside the image; padding does not count. */
void AE_NAME(average_pool_2d)(const struct ae_pool_2d *args, const int8_t *in, int8_t *out)
{
    const struct ae_window *window = &args->window;
    const int32_t channels = window->channels;
    const int32_t pitch = window->in_width * channels;

    for (int32_t oy = 0; oy < window->out_height; oy++) {
        const int32_t y = oy * window->stride_height - window->pad_top;
        const struct ae_taps rows = ae_taps_inside(y, window->kernel_height, 1, window->in_height);

        for (int32_t ox = 0; ox < window->out_width; ox++) {
            const int32_t x = ox * window->stride_width - window->pad_left;
            const struct ae_taps columns =
                ae_taps_inside(x, window->kernel_width, 1, window->in_width);
            const int32_t count = (rows.end - rows.first) * (columns.end - columns.first);
            const int8_t *corner = in + (y + rows.first) * pitch + (x + columns.first) * channels;

            for (int32_t c = 0; c < channels; c++) {
                int32_t sum = 0;

                for (int32_t ky = rows.first; ky < rows.end; ky++) {
                    const int8_t *tap = corner + (ky - rows.first) * pitch + c;

                    for (int32_t kx = columns.first; kx < columns.end; kx++) {
                        sum += *tap;
                        tap += channels;
                    }
                }
                *out++ = ae_to_int8(divide(sum, count), 0, args->low, args->high);
            }
        }
    }
}
