/* SPDX-License-Identifier: 0BSD */
/* A camera frame to the network's input: centre crop to its aspect ratio, then resize.
 *
 * The frame is read where it lies and the features are written where they are wanted;
 * nothing is kept in between. A feature is the pixel minus 128. */
#ifndef AE_IMAGE_H
#define AE_IMAGE_H

#include <stdint.h>

#include "ae_prefix.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AE_IMAGE_GREY = 0,      /* one byte a pixel */
    AE_IMAGE_RGB888 = 1,    /* red, green, blue */
    AE_IMAGE_RGB565_LE = 2, /* red in the high bits of a 16-bit word, low byte first */
    AE_IMAGE_RGB565_BE = 3  /* the same, high byte first, as most cameras send it */
} ae_image_format;

typedef struct {
    const uint8_t *pixels; /* top left */
    uint32_t stride;       /* bytes from one row to the next */
    uint16_t width;        /* pixels, 1 to 32767 */
    uint16_t height;
    ae_image_format format;
} ae_image_frame;

typedef struct {
    uint16_t width; /* of the features, 1 to 1024 */
    uint16_t height;
    uint8_t channels; /* 1 (grey) or 3 (RGB) */
    uint8_t bilinear; /* 0: area, the mean of the pixels whose centres a feature covers */
} ae_image_config;

/* Crop and resize `frame` to height * width * channels features. Area averaging needs a
 * frame at least as large as the output in both directions; a smaller one is interpolated.
 * Returns 0, or 1 and writes nothing when the frame's size, stride or format cannot be (an
 * area of 2^24 pixels or more behind one feature is refused as well). */
int AE_NAME(image_resize)(const ae_image_config *config, const ae_image_frame *frame,
                          int8_t *features);

/* The two ways of AE_NAME(image_resize), for a frame that is already cropped. */
void AE_NAME(image_area)(const ae_image_config *config, const ae_image_frame *frame,
                         int8_t *features);
void AE_NAME(image_bilinear)(const ae_image_config *config, const ae_image_frame *frame,
                             int8_t *features);

/* Add columns * rows pixels of `frame` from (left, top) on to the three sums; a grey pixel
 * is added to all. */
typedef struct {
    uint32_t left;
    uint32_t top;
    uint32_t columns;
    uint32_t rows;
} ae_image_box;

void AE_NAME(image_sum)(const ae_image_frame *frame, const ae_image_box *box, uint32_t sums[3]);

#ifdef __cplusplus
}
#endif

#endif
