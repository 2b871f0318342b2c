/* SPDX-License-Identifier: 0BSD */
/* What the functions that run one kernel on zeros share. */
#ifndef AE_CALIBRATION_HARNESS_H
#define AE_CALIBRATION_HARNESS_H

#include <stdint.h>

#include "ae_kernels.h"

#define CHANNELS 1024

struct shape {
    int32_t in_height, in_width, in_channels;
    int32_t out_height, out_width, out_channels;
    int32_t kernel_height, kernel_width;
    int32_t stride_height, stride_width;
};

/* Typical values: a bias of 0, a multiplier of 0.6, a shift of 2^-8; in `channel` side by side,
 * and in `fixed` with one fix (see ae_paired.h) or two. */
struct block {
    int32_t bias[CHANNELS];
    int32_t multiplier[CHANNELS];
    int8_t shift[CHANNELS];
    int32_t channel[CHANNELS][3];
    int32_t fixed[CHANNELS][3];
};

static inline int32_t padding(int32_t in, int32_t out, int32_t kernel, int32_t stride)
{
    const int32_t total = (out - 1) * stride + kernel - in;
    return total > 0 ? total / 2 : 0;
}

static inline struct ae_window window(const struct shape *p)
{
    struct ae_window w = {0};
    w.in_height = (int16_t)p->in_height;
    w.in_width = (int16_t)p->in_width;
    w.channels = (int16_t)p->in_channels;
    w.out_height = (int16_t)p->out_height;
    w.out_width = (int16_t)p->out_width;
    w.kernel_height = (int16_t)p->kernel_height;
    w.kernel_width = (int16_t)p->kernel_width;
    w.stride_height = (int16_t)p->stride_height;
    w.stride_width = (int16_t)p->stride_width;
    w.dilation_height = 1;
    w.dilation_width = 1;
    w.pad_top = (int16_t)padding(p->in_height, p->out_height, p->kernel_height, p->stride_height);
    w.pad_left = (int16_t)padding(p->in_width, p->out_width, p->kernel_width, p->stride_width);
    w.zero = -128;
    return w;
}

static inline int32_t in_bytes(const struct shape *p)
{
    return p->in_height * p->in_width * p->in_channels;
}

static inline int32_t out_bytes(const struct shape *p)
{
    return p->out_height * p->out_width * p->out_channels;
}

static inline int8_t *aligned(int8_t *end)
{
    return end + (-(intptr_t)end & 3);
}

#endif
