/* SPDX-License-Identifier: 0BSD */
/*
 * Kernels for cores with many registers and a 32-bit multiplication: many sums stay in registers
 * while inputs and weights are read.
 *
 * `channel` is [channel][3]: bias with the input's zero point folded in, Q0.31 multiplier, and
 * right shift of 2 to 31.
 */
#ifndef AE_TILED_H
#define AE_TILED_H

#include <stdint.h>

#include "ae_fixed.h"
#include "ae_kernels.h"
#include "ae_prefix.h"

/* Pixels, and channels, that are computed together. */
#define AE_TILED 4

/* Inputs of weights are [kernel row][kernel column][input channel]; `weights` is
 * [channel / 4][input][channel % 4], channels filled up to four. */
struct ae_tiled {
    const int8_t *weights;
    const int32_t *channel;
    int32_t depth;
    int32_t channels;
    int8_t output_zero;
    int8_t low;
    int8_t high;
};

/* What the 128 that is added to inputs adds to the sums has been taken off the bias. */
struct ae_conv_2d_tiled {
    struct ae_tiled tiled;
    struct ae_window window;
};

struct ae_conv_2d_tiled_add {
    struct ae_conv_2d_tiled conv;
    struct ae_pieces pieces;
};

/* `weights` is [channel / 4][input], a word having those of four channels from the low byte
 * on, each with 128 added. */
struct ae_dense_tiled {
    const int32_t *weights;
    const int32_t *channel;
    int32_t depth;
    int32_t channels;
    int8_t output_zero;
    int8_t low;
    int8_t high;
};

/* A depthwise convolution of 3 x 3 taps with a padding of one at most and a stride of 1 or 2
 * along both axes; `weights` is [channel][9]. */
struct ae_depthwise_slide {
    const int8_t *weights;
    const int32_t *channel;
    struct ae_window window;
    int8_t output_zero;
    int8_t low;
    int8_t high;
};

/* Rows of outputs of one channel of depthwise_slide, whose neighbours are `step` bytes apart as
 * those of the inputs are. Weights are [row][column], for three rows of inputs from `rows` on,
 * which are read column by column: `skip` is how far it is from the end of what is read to the
 * next rows. In a row are the outputs up to `inside` bytes, and if `pad_right` one more, whose
 * right column adds `right`; if `pad_left` the first one's left column adds `left`. Assembly
 * counts on the order of the fields. */
struct ae_slide {
    const int8_t *rows[3];
    int8_t *out;
    int32_t channel[3];
    int32_t weights[9];
    int32_t step;
    int32_t skip;
    int32_t count;
    int32_t left;
    int32_t right;
    int32_t output_zero;
    int32_t low;
    int32_t high;
    int32_t inside;
    int32_t pad_left;
    int32_t pad_right;
    int32_t stride;
};

/* ae_multiply_high with the multiplier doubled: no bits are taken from two words. */
static inline int32_t ae_multiply_doubled(int32_t x, uint32_t multiplier)
{
    return (int32_t)(((int64_t)x * multiplier + ((int64_t)1 << 31)) >> 32);
}

/* A sum, its bias included, to int8. */
static inline int8_t ae_tiled_result(int32_t sum, const int32_t *channel, int32_t zero,
                                     int32_t low, int32_t high)
{
    const int32_t scaled = ae_multiply_doubled(sum, 2 * (uint32_t)channel[1]);

    return (int8_t)ae_limit(ae_divide_by_power(scaled, channel[2]) + zero, low, high);
}

/* `scratch` holds the inputs of AE_TILED pixels in turn. The output has at least as many. May
 * overlap as conv_2d may, as long as the pixels that the last tile computes again are not
 * on its inputs. */
void AE_NAME(conv_2d_tiled)(const struct ae_conv_2d_tiled *args, const int8_t *in, int8_t *out,
                            int8_t *scratch);
/* As conv_2d_add. */
void AE_NAME(conv_2d_tiled_add)(const struct ae_conv_2d_tiled_add *args, const int8_t *in,
                                const int8_t *other, int8_t *out, int8_t *scratch);
/* The output must not overlap the input. */
void AE_NAME(dense_tiled)(const struct ae_dense_tiled *args, const int8_t *in, int8_t *out);
/* One channel at a time: with input and output a multiple of `channels` bytes apart, a pixel
 * may lie below the first byte of every window of its channel that is still to come. */
void AE_NAME(depthwise_slide)(const struct ae_depthwise_slide *args, const int8_t *in,
                              int8_t *out);

/* All channels of AE_TILED pixels, whose inputs take turns in `columns`, with 128 added. */
void AE_NAME(tile_outputs)(const struct ae_tiled *args, const uint8_t *columns, int8_t *out);
/* `count` rows of outputs, after which `out` is that of the next. */
void AE_NAME(slide_rows)(struct ae_slide *slide);
/* Sums of two groups of four channels: inputs up to `end` times weights with 128 added.
 * The second four are of no use where `second` is `first`. */
void AE_NAME(eight_sums)(const int8_t *in, const int8_t *end, const int32_t *first,
                         const int32_t *second, int32_t *sums);

#endif
