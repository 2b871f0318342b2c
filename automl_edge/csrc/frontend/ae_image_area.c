/* SPDX-License-Identifier: 0BSD */
#include "ae_image_parts.h"

/* Division by one count without dividing: `reciprocal` is 2^23 / (count / 2^shift), rounded
 * down, where count / 2^shift is below 256. */
typedef struct {
    uint32_t count;
    uint32_t reciprocal;
    uint32_t shift;
} divisor;

static divisor divisor_of(uint32_t count)
{
    divisor by = {count, 0, 0};
    while (count >> by.shift >= 256) {
        by.shift++;
    }
    if (by.shift <= 8) {
        by.reciprocal = ((uint32_t)1 << (23 + by.shift)) / count;
    } else {
        by.reciprocal = ((uint32_t)1 << 31) / ((count >> (by.shift - 8)) + 1);
    }
    return by;
}

/* sum / count, rounded, for a mean of at most 255. Shift and reciprocal are rounded down by
 * less than 1/128 of a step each, so the estimate is exact or one too small. */
static uint32_t mean(uint32_t sum, const divisor *by)
{
    uint32_t value = sum + by->count / 2;
    uint32_t estimate = ((value >> by->shift) * by->reciprocal) >> 23;
    return estimate + (value - estimate * by->count >= by->count);
}

/* One row of features from the rows of `box`. Its columns come in two widths. */
static void area_row(const ae_image_config *config, const ae_image_frame *frame, ae_image_box box,
                     int8_t *features)
{
    ae_image_axis across = ae_image_axis_at(frame->width, config->width, config->width);
    uint32_t narrow = across.step_whole;
    const divisor by[2] = {divisor_of(narrow * box.rows), divisor_of((narrow + 1) * box.rows)};
    for (uint32_t x = 0; x < config->width; x++) {
        box.left = (uint32_t)across.whole;
        ae_image_axis_step(&across);
        box.columns = (uint32_t)across.whole - box.left;
        uint32_t rgb[3] = {0, 0, 0};
        AE_NAME(image_sum)(frame, &box, rgb);
        const divisor *width = &by[box.columns - narrow];
        for (uint32_t channel = 0; channel < 3; channel++) {
            rgb[channel] = mean(rgb[channel], width);
        }
        ae_image_put(rgb, config->channels, features);
        features += config->channels;
    }
}

/* A feature is the mean of the pixels whose centres lie in its box, as Pillow's BOX has it:
 * box `i` begins at the first pixel with centre beyond i * frame / output, which is pixel
 * floor((2 * i * frame + output) / (2 * output)). Every pixel is read once. */
void AE_NAME(image_area)(const ae_image_config *config, const ae_image_frame *frame,
                         int8_t *features)
{
    ae_image_axis down = ae_image_axis_at(frame->height, config->height, config->height);
    for (uint32_t y = 0; y < config->height; y++) {
        ae_image_box box = {0, (uint32_t)down.whole, 0, 0};
        ae_image_axis_step(&down);
        box.rows = (uint32_t)down.whole - box.top;
        area_row(config, frame, box, features);
        features += (uint32_t)config->width * config->channels;
    }
}
