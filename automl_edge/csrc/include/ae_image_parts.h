/* SPDX-License-Identifier: 0BSD */
/* What the two ways of resizing share. */
#ifndef AE_IMAGE_PARTS_H
#define AE_IMAGE_PARTS_H

#include <stdint.h>

#include "ae_image.h"

/* A position in the frame that moves by frame / output pixels, exactly: `whole` pixels and
 * `part` of 2 * `output`. */
typedef struct {
    int32_t whole;
    uint32_t part;
    uint32_t step_whole;
    uint32_t step_part;
    uint32_t unit;
} ae_image_axis;

/* The axis for `frame` pixels under `output` features, at `numerator` / (2 * output). */
static inline ae_image_axis ae_image_axis_at(uint32_t frame, uint32_t output, uint32_t numerator)
{
    ae_image_axis axis;
    axis.unit = 2 * output;
    axis.whole = (int32_t)(numerator / axis.unit);
    axis.part = numerator % axis.unit;
    axis.step_whole = frame / output;
    axis.step_part = 2 * (frame % output);
    return axis;
}

static inline void ae_image_axis_step(ae_image_axis *axis)
{
    axis->whole += (int32_t)axis->step_whole;
    axis->part += axis->step_part;
    if (axis->part >= axis->unit) {
        axis->part -= axis->unit;
        axis->whole += 1;
    }
}

static inline uint32_t ae_image_pixel_bytes(ae_image_format format)
{
    return format == AE_IMAGE_GREY ? 1u : format == AE_IMAGE_RGB888 ? 3u : 2u;
}

typedef struct {
    uint32_t red;
    uint32_t green;
    uint32_t blue;
} ae_image_pixel;

/* A 16-bit pixel; five and six bits become eight by repeating the highest. */
static inline ae_image_pixel ae_image_unpack(uint32_t low, uint32_t high)
{
    uint32_t word = low | high << 8;
    ae_image_pixel pixel;
    pixel.red = (word >> 8 & 0xf8) | word >> 13;
    pixel.green = (word >> 3 & 0xfc) | (word >> 9 & 3);
    pixel.blue = (word << 3 & 0xf8) | (word >> 2 & 7);
    return pixel;
}

/* Write one pixel (0 .. 255 each) as `channels` features. Grey is ITU-R BT.601 luma with
 * Pillow's integer weights. */
static inline void ae_image_put(const uint32_t rgb[3], uint8_t channels, int8_t *features)
{
    if (channels == 1) {
        uint32_t grey = (19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16;
        features[0] = (int8_t)((int32_t)grey - 128);
    } else {
        features[0] = (int8_t)((int32_t)rgb[0] - 128);
        features[1] = (int8_t)((int32_t)rgb[1] - 128);
        features[2] = (int8_t)((int32_t)rgb[2] - 128);
    }
}

#endif
