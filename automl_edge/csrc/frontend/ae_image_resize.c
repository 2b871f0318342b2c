/* SPDX-License-Identifier: 0BSD */
#include "ae_image_parts.h"

#define LARGEST_SIDE 32767u
#define LARGEST_BOX ((uint32_t)1 << 24)

static int is_usable(const ae_image_frame *frame)
{
    if (frame->width == 0 || frame->width > LARGEST_SIDE) {
        return 0;
    }
    if (frame->height == 0 || frame->height > LARGEST_SIDE) {
        return 0;
    }
    if ((uint32_t)frame->format > (uint32_t)AE_IMAGE_RGB565_BE) {
        return 0;
    }
    if (frame->stride > UINT32_MAX / frame->height) {
        return 0;
    }
    return frame->stride >= frame->width * ae_image_pixel_bytes(frame->format);
}

/* One side of the crop from the `other`, in the ratio of the outputs; never empty. */
static uint32_t cropped(uint32_t other, uint32_t output, uint32_t other_output)
{
    uint32_t length = (other * output + other_output / 2) / other_output;
    return length > 0 ? length : 1;
}

/* The middle of the frame with the output's aspect ratio; odd margins favour top left. */
static ae_image_frame centre(const ae_image_config *config, const ae_image_frame *frame)
{
    ae_image_frame crop = *frame;
    uint32_t width = frame->width;
    uint32_t height = frame->height;
    if (width * config->height > height * config->width) {
        width = cropped(height, config->width, config->height);
    } else {
        height = cropped(width, config->height, config->width);
    }
    uint32_t left = (frame->width - width) / 2;
    uint32_t top = (frame->height - height) / 2;
    crop.pixels += top * frame->stride + left * ae_image_pixel_bytes(frame->format);
    crop.width = (uint16_t)width;
    crop.height = (uint16_t)height;
    return crop;
}

int AE_NAME(image_resize)(const ae_image_config *config, const ae_image_frame *frame,
                          int8_t *features)
{
    if (!is_usable(frame)) {
        return 1;
    }
    ae_image_frame crop = centre(config, frame);
    if (config->bilinear || crop.width < config->width || crop.height < config->height) {
        AE_NAME(image_bilinear)(config, &crop, features);
        return 0;
    }
    uint32_t columns = crop.width / (uint32_t)config->width + 1;
    uint32_t rows = crop.height / (uint32_t)config->height + 1;
    if (columns * rows >= LARGEST_BOX) {
        return 1;
    }
    AE_NAME(image_area)(config, &crop, features);
    return 0;
}
