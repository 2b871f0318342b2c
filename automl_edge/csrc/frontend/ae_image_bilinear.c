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

static ae_image_pixel read_pixel(const uint8_t *bytes, ae_image_format format)
{
    if (format == AE_IMAGE_RGB565_LE) {
        return ae_image_unpack(bytes[0], bytes[1]);
    }
    if (format == AE_IMAGE_RGB565_BE) {
        return ae_image_unpack(bytes[1], bytes[0]);
    }
    ae_image_pixel pixel = {bytes[0], bytes[0], bytes[0]};
    if (format == AE_IMAGE_RGB888) {
        pixel.green = bytes[1];
        pixel.blue = bytes[2];
    }
    return pixel;
}

static int32_t blend(uint32_t first, uint32_t second, int32_t fraction)
{
    int32_t rise = (int32_t)second - (int32_t)first;
    return (int32_t)first * (1 << FRACTION_BITS) + rise * fraction;
}

/* One row's two pixels blended, with FRACTION_BITS fractional bits. */
static void blend_row(const ae_image_frame *frame, const neighbours *across, uint32_t y,
                      int32_t blended[3])
{
    const uint8_t *row = frame->pixels + y * frame->stride;
    uint32_t bytes = ae_image_pixel_bytes(frame->format);
    ae_image_pixel left = read_pixel(row + across->first * bytes, frame->format);
    ae_image_pixel right = read_pixel(row + across->second * bytes, frame->format);
    blended[0] = blend(left.red, right.red, across->fraction);
    blended[1] = blend(left.green, right.green, across->fraction);
    blended[2] = blend(left.blue, right.blue, across->fraction);
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
