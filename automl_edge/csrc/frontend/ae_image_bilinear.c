/* SPDX-License-Identifier: 0BSD */
#include "ae_image_parts.h"

#define FRACTION_BITS 11

/* Two neighbouring pixels of an axis, and how far the sample lies towards the second. */
typedef struct {
    uint32_t first;
    uint32_t second;
    int32_t fraction;
} neighbours;

/* Pixel centres lie at halves, so that sample `i` is at (i + 1/2) * frame / output - 1/2;
 * one pixel is added here to keep the numerator positive. */
static ae_image_axis sample_axis(uint32_t frame, uint32_t output)
{
    return ae_image_axis_at(frame, output, frame + output);
}

/* Neighbours on an axis of `size` pixels; beyond the edge the outermost pixel goes on. */
static neighbours neighbours_at(const ae_image_axis *axis, uint32_t scale, uint32_t size)
{
    neighbours found;
    uint32_t last = size - 1;
    uint32_t right = (uint32_t)axis->whole;
    found.second = right < last ? right : last;
    found.first = right > 0 ? right - 1 : 0;
    found.fraction = (int32_t)((axis->part * scale) >> 16);
    return found;
}

static void read_pixel(const ae_image_frame *frame, uint32_t x, uint32_t y, uint32_t rgb[3])
{
    const ae_image_box pixel = {x, y, 1, 1};
    rgb[0] = rgb[1] = rgb[2] = 0;
    AE_NAME(image_sum)(frame, &pixel, rgb);
}

/* One row's two pixels blended, with FRACTION_BITS fractional bits. */
static void blend_row(const ae_image_frame *frame, const neighbours *across, uint32_t y,
                      int32_t blended[3])
{
    uint32_t left[3];
    uint32_t right[3];
    read_pixel(frame, across->first, y, left);
    read_pixel(frame, across->second, y, right);
    for (uint32_t channel = 0; channel < 3; channel++) {
        int32_t start = (int32_t)left[channel];
        int32_t rise = (int32_t)right[channel] - start;
        blended[channel] = start * (1 << FRACTION_BITS) + rise * across->fraction;
    }
}

static void sample(const ae_image_frame *frame, const neighbours *across, const neighbours *down,
                   uint32_t rgb[3])
{
    int32_t top[3];
    int32_t bottom[3];
    blend_row(frame, across, down->first, top);
    blend_row(frame, across, down->second, bottom);
    for (uint32_t channel = 0; channel < 3; channel++) {
        int32_t rise = bottom[channel] - top[channel];
        int32_t sum = top[channel] * (1 << FRACTION_BITS) + rise * down->fraction;
        rgb[channel] = (uint32_t)(sum + (1 << (2 * FRACTION_BITS - 1))) >> (2 * FRACTION_BITS);
    }
}

void AE_NAME(image_bilinear)(const ae_image_config *config, const ae_image_frame *frame,
                             int8_t *features)
{
    ae_image_axis row = sample_axis(frame->height, config->height);
    ae_image_axis start = sample_axis(frame->width, config->width);
    uint32_t row_scale = ((uint32_t)1 << (16 + FRACTION_BITS)) / row.unit;
    uint32_t column_scale = ((uint32_t)1 << (16 + FRACTION_BITS)) / start.unit;
    for (uint32_t y = 0; y < config->height; y++) {
        neighbours down = neighbours_at(&row, row_scale, frame->height);
        ae_image_axis column = start;
        for (uint32_t x = 0; x < config->width; x++) {
            neighbours across = neighbours_at(&column, column_scale, frame->width);
            uint32_t rgb[3];
            sample(frame, &across, &down, rgb);
            ae_image_put(rgb, config->channels, features);
            features += config->channels;
            ae_image_axis_step(&column);
        }
        ae_image_axis_step(&row);
    }
}
