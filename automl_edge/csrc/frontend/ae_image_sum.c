/* SPDX-License-Identifier: 0BSD */
#include "ae_image_parts.h"

static void sum_grey(const uint8_t *pixels, uint32_t count, uint32_t sums[3])
{
    uint32_t sum = 0;
    for (const uint8_t *end = pixels + count; pixels < end; pixels++) {
        sum += *pixels;
    }
    sums[0] += sum;
    sums[1] += sum;
    sums[2] += sum;
}

static void sum_rgb888(const uint8_t *pixels, uint32_t count, uint32_t sums[3])
{
    uint32_t red = 0;
    uint32_t green = 0;
    uint32_t blue = 0;
    for (const uint8_t *end = pixels + 3 * count; pixels < end; pixels += 3) {
        red += pixels[0];
        green += pixels[1];
        blue += pixels[2];
    }
    sums[0] += red;
    sums[1] += green;
    sums[2] += blue;
}

/* `low` is where a pixel's low byte lies, 0 or 1. Five and six bits become eight by
 * repeating the highest. */
static void sum_rgb565(const uint8_t *pixels, uint32_t low, uint32_t count, uint32_t sums[3])
{
    uint32_t red = 0;
    uint32_t green = 0;
    uint32_t blue = 0;
    for (const uint8_t *end = pixels + 2 * count; pixels < end; pixels += 2) {
        uint32_t word = pixels[low] | (uint32_t)pixels[1 - low] << 8;
        red += (word >> 8 & 0xf8) | word >> 13;
        green += (word >> 3 & 0xfc) | (word >> 9 & 3);
        blue += (word << 3 & 0xf8) | (word >> 2 & 7);
    }
    sums[0] += red;
    sums[1] += green;
    sums[2] += blue;
}

void AE_NAME(image_sum)(const ae_image_frame *frame, const ae_image_box *box, uint32_t sums[3])
{
    const uint8_t *pixels = frame->pixels + box->top * frame->stride;
    pixels += box->left * ae_image_pixel_bytes(frame->format);
    for (uint32_t row = 0; row < box->rows; row++) {
        switch (frame->format) {
        case AE_IMAGE_GREY:
            sum_grey(pixels, box->columns, sums);
            break;
        case AE_IMAGE_RGB888:
            sum_rgb888(pixels, box->columns, sums);
            break;
        case AE_IMAGE_RGB565_LE:
            sum_rgb565(pixels, 0, box->columns, sums);
            break;
        case AE_IMAGE_RGB565_BE:
            sum_rgb565(pixels, 1, box->columns, sums);
            break;
        }
        pixels += frame->stride;
    }
}
