/* SPDX-License-Identifier: 0BSD */
#include "ae_image_parts.h"

/* Each of these adds the pixels of a box whose rows are `columns` pixels from `pixels` on,
 * `stride` bytes apart. */

static void sum_grey(const uint8_t *pixels, uint32_t stride, const ae_image_box *box,
                     uint32_t sums[3])
{
    uint32_t sum = 0;
    for (uint32_t row = 0; row < box->rows; row++) {
        const uint8_t *end = pixels + box->columns;
        for (const uint8_t *pixel = pixels; pixel < end; pixel++) {
            sum += *pixel;
        }
        pixels += stride;
    }
    sums[0] += sum;
    sums[1] += sum;
    sums[2] += sum;
}

static void sum_rgb888(const uint8_t *pixels, uint32_t stride, const ae_image_box *box,
                       uint32_t sums[3])
{
    uint32_t red = 0;
    uint32_t green = 0;
    uint32_t blue = 0;
    for (uint32_t row = 0; row < box->rows; row++) {
        const uint8_t *end = pixels + 3 * box->columns;
        for (const uint8_t *pixel = pixels; pixel < end; pixel += 3) {
            red += pixel[0];
            green += pixel[1];
            blue += pixel[2];
        }
        pixels += stride;
    }
    sums[0] += red;
    sums[1] += green;
    sums[2] += blue;
}

/* `low` is where a pixel's low byte lies, 0 or 1. */
static void sum_rgb565(const uint8_t *pixels, uint32_t stride, const ae_image_box *box,
                       uint32_t low, uint32_t sums[3])
{
    uint32_t red = 0;
    uint32_t green = 0;
    uint32_t blue = 0;
    for (uint32_t row = 0; row < box->rows; row++) {
        const uint8_t *end = pixels + 2 * box->columns;
        for (const uint8_t *pixel = pixels; pixel < end; pixel += 2) {
            ae_image_pixel colour = ae_image_unpack(pixel[low], pixel[1 - low]);
            red += colour.red;
            green += colour.green;
            blue += colour.blue;
        }
        pixels += stride;
    }
    sums[0] += red;
    sums[1] += green;
    sums[2] += blue;
}

void AE_NAME(image_sum)(const ae_image_frame *frame, const ae_image_box *box, uint32_t sums[3])
{
    const uint8_t *pixels = frame->pixels + box->top * frame->stride;
    pixels += box->left * ae_image_pixel_bytes(frame->format);
    switch (frame->format) {
    case AE_IMAGE_GREY:
        sum_grey(pixels, frame->stride, box, sums);
        break;
    case AE_IMAGE_RGB888:
        sum_rgb888(pixels, frame->stride, box, sums);
        break;
    case AE_IMAGE_RGB565_LE:
        sum_rgb565(pixels, frame->stride, box, 0, sums);
        break;
    case AE_IMAGE_RGB565_BE:
        sum_rgb565(pixels, frame->stride, box, 1, sums);
        break;
    }
}
