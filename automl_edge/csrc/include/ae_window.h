/* SPDX-License-Identifier: 0BSD */
/* Which taps of a window lie inside the image. */
#ifndef AE_WINDOW_H
#define AE_WINDOW_H

#include <stdint.h>

/* Taps `first` to `end` - 1 along one axis. */
struct ae_taps {
    int32_t first;
    int32_t end;
};

/* The taps inside [0, size) of a window of `kernel` taps, `dilation` apart, from `start`. */
static inline struct ae_taps ae_taps_inside(int32_t start, int32_t kernel, int32_t dilation,
                                            int32_t size)
{
    struct ae_taps taps = {0, kernel};

    while (taps.first < kernel && start + taps.first * dilation < 0) {
        taps.first++;
    }
    while (taps.end > taps.first && start + (taps.end - 1) * dilation >= size) {
        taps.end--;
    }
    return taps;
}

#endif
