/* SPDX-License-Identifier: 0BSD */
/*
 * Kernels for cores with many registers and a 32-bit multiplication: sums of four channels of
 * four pixels stay in registers while weights and inputs are read a byte at a time.
 *
 * `channel` is [channel][3]: bias with the input's zero point folded in, Q0.31 multiplier, and
 * right shift of 1 to 31.
 */
#ifndef AE_TILED_H
#define AE_TILED_H

#include <stdint.h>

#include "ae_fixed.h"
#include "ae_kernels.h"
#include "ae_prefix.h"

/* Pixels, and channels, that are computed together. */
#define AE_TILED 4

/* `weights` is [channel / 4][input][channel % 4], channels filled up to four. */
struct ae_tiled {
    const int8_t *weights;
    const int32_t *channel;
    int32_t depth;
    int32_t channels;
    int8_t output_zero;
    int8_t low;
    int8_t high;
};

/* Inputs of weights are [kernel row][kernel column][input channel]. */
struct ae_conv_2d_tiled {
    struct ae_tiled tiled;
    struct ae_window window;
};

struct ae_conv_2d_tiled_add {
    struct ae_conv_2d_tiled conv;
    struct ae_pieces pieces;
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

/* A sum without bias to int8. */
static inline int8_t ae_tiled_result(int32_t sum, const int32_t *channel, int32_t zero,
                                     int32_t low, int32_t high)
{
    const int32_t biased = (int32_t)((uint32_t)sum + (uint32_t)channel[0]);
    const int32_t scaled = ae_divide_by_power(ae_multiply_high(biased, channel[1]), channel[2]);

    return (int8_t)ae_limit(scaled + zero, low, high);
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
void AE_NAME(dense_tiled)(const struct ae_tiled *args, const int8_t *in, int8_t *out);
/* One channel at a time: with input and output a multiple of `channels` bytes apart, a pixel
 * may lie below the first byte of every window of its channel that is still to come. */
void AE_NAME(depthwise_slide)(const struct ae_depthwise_slide *args, const int8_t *in,
                              int8_t *out);

/* All channels of AE_TILED pixels, whose inputs take turns in `columns`. */
void AE_NAME(tile_outputs)(const struct ae_tiled *args, const int8_t *columns, int8_t *out);
/* sums[channel][pixel] of AE_TILED of each, from `columns` to `end`, which are not the same. */
void AE_NAME(tile_sums)(const int8_t *columns, const int8_t *weights, const int8_t *end,
                        int32_t *sums);

#endif
