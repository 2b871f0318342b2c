/* SPDX-License-Identifier: 0BSD */
#include "ae_packed.h"
#include "ae_window.h"

int8_t *AE_NAME(window_row)(const struct ae_window *window, const int8_t *row, int32_t x, int8_t *to)
{
    const int32_t channels = window->channels;
    const int32_t kernel = window->kernel_width;
    const int32_t dilation = window->dilation_width;
    const struct ae_taps taps = ae_taps_inside(x, kernel, dilation, window->in_width);
    const int32_t inside = taps.end - taps.first;

    if (!row || inside == 0) {
        return AE_NAME(fill_bytes)(to, kernel * channels, window->zero);
    }
    row += (x + taps.first * dilation) * channels;
    to = AE_NAME(fill_bytes)(to, taps.first * channels, window->zero);
    if (dilation == 1) {
        to = AE_NAME(copy_rows)(to, row, inside * channels, 1, 0);
    } else {
        to = AE_NAME(copy_rows)(to, row, channels, inside, dilation * channels);
    }
    return AE_NAME(fill_bytes)(to, (kernel - taps.end) * channels, window->zero);
}
