/* SPDX-License-Identifier: 0BSD */
/*
 * Kernels for cores with a 32-bit multiplication but none of 16 bits: one multiplication of a
 * weight by a pair of inputs, 2^16 * right + left, gives two products in two lanes.
 *
 * Four weights at most are summed before the lanes are taken apart. The compiler makes sure
 * that those sums, with 2^15 added, fit 16 bits: weights that are too large for that are put
 * into `fixes` instead. The 2^15 of each group and fix is taken off the bias.
 *
 * `channel` is [channel][3]: bias with the input's zero point folded in, Q0.31 multiplier, and
 * right shift of 1 to 31. Sums, bias included, are less than 2^29.
 */
#ifndef AE_PAIRED_H
#define AE_PAIRED_H

#include <stdint.h>

#include "ae_kernels.h"
#include "ae_prefix.h"

/* Pixels that are computed together: two pairs. */
#define AE_PAIRED_TILE 4

/*
 * `weights` is [channel][quad], a quad being four weights from the low byte on; `fixes` has the
 * fixes of all channels one after the other, 2048 * input number + weight (low byte); the bits
 * of the shift from 8 on are how many a channel has.
 */
struct ae_paired {
    const int32_t *weights;
    const int32_t *fixes;
    const int32_t *channel;
    int32_t quads;
    int32_t channels;
    int8_t output_zero;
    int8_t low;
    int8_t high;
};

/* Channels of weights are [kernel row][kernel column][input channel], filled up to four. */
struct ae_conv_2d_paired {
    struct ae_paired paired;
    struct ae_window window;
};

struct ae_conv_2d_paired_add {
    struct ae_conv_2d_paired conv;
    struct ae_pieces pieces;
};

/* Inputs of a dense layer that are summed at a time. */
#define AE_FOURS_CHUNK 128

/* A dense layer, four channels at a time: `weights` is [channel / 4][input], a word having
 * 2^8 * b + a + 2^15 in its lower half and 2^8 * d + c in its upper one, of the weights of four
 * channels; inputs are filled up to four, too. Nothing is taken off the biases. */
struct ae_dense_fours {
    const int32_t *weights;
    const int32_t *channel;
    int32_t depth;
    int32_t channels;
    int8_t output_zero;
    int8_t low;
    int8_t high;
};

/* Outputs of a row of a depthwise layer that are summed at a time. */
#define AE_ROWS_CHUNK 32

/* A depthwise convolution of 3 x 3 taps, or of one row of up to nine, filled up with weights of
 * 0; `weights` is [channel][9]. If `is_turned` what window and weights call rows are columns. */
struct ae_depthwise_rows {
    const int8_t *weights;
    const int32_t *channel;
    struct ae_window window;
    int8_t output_zero;
    int8_t low;
    int8_t high;
    int8_t is_turned;
};

/* Byte `i` of a word of weights. */
static inline int32_t ae_weight(int32_t word, int32_t i)
{
    return (int8_t)(uint8_t)(((uint32_t)word >> (8 * i)) & 0xFFu);
}

/* Sums to int8: `count` outputs, `pitch` bytes apart. */
struct ae_scaled {
    const int32_t *channel;
    int8_t *out;
    int32_t pitch;
    int32_t count;
    int32_t output_zero;
    int32_t low;
    int32_t high;
};

/* `scratch` holds the tile's pairs, two words an input and as many zeros as fill up to four,
 * then a patch of bytes for each pixel. The output has at least AE_PAIRED_TILE pixels. May
 * overlap as conv_2d may, as long as the pixels that the last tile computes again are not
 * on its inputs. */
void AE_NAME(conv_2d_paired)(const struct ae_conv_2d_paired *args, const int8_t *in, int8_t *out,
                             int8_t *scratch);
/* As conv_2d_add. */
void AE_NAME(conv_2d_paired_add)(const struct ae_conv_2d_paired_add *args, const int8_t *in,
                                 const int8_t *other, int8_t *out, int8_t *scratch);
/* `scratch` holds a word for each input of a chunk, filled up to four, and one more, then four
 * sums; where there are several chunks, the sums of all channels, filled up to four. All of the
 * input is read before anything is written, so that the output may lie on it anywhere. */
void AE_NAME(dense_fours)(const struct ae_dense_fours *args, const int8_t *in, int8_t *out,
                          int8_t *scratch);
/* `scratch` holds AE_ROWS_CHUNK sums, then as many padded rows of one channel as the window has;
 * a single one has nine inputs for its last output. May overlap as depthwise_conv_2d may, and
 * where it is turned as depthwise_3x3 through columns. */
void AE_NAME(depthwise_rows)(const struct ae_depthwise_rows *args, const int8_t *in, int8_t *out,
                             int8_t *scratch);

/* All channels of AE_PAIRED_TILE pixels, whose pairs are `columns`. */
void AE_NAME(paired_tile)(const struct ae_paired *args, const int32_t *columns, int8_t *out);
/* Pairs of `count` bytes of AE_PAIRED_TILE pixels; the end of what was written. */
int32_t *AE_NAME(paired_columns)(const int8_t *const *pixels, int32_t count, int32_t *columns);
/* Add to the sums of four channels; `depth` is a multiple of four, at most AE_FOURS_CHUNK. The
 * word after the column is -2^15 * sum of the column, for the 2^15 in the weights. */
void AE_NAME(four_sums)(const int32_t *column, const int32_t *weights, int32_t depth,
                        int32_t *sums);
/* Sums of `count` windows of 3 x 3 taps, from rows[0..2] on and `stride` bytes apart. */
void AE_NAME(row_sums)(const int8_t *const *rows, const int8_t *weights, int32_t *sums,
                       const int32_t *count_and_stride);
/* Add the channel's bias, scale and limit: sums of one channel. */
void AE_NAME(scale_sums)(const int32_t *sums, const struct ae_scaled *to);
/* The same for a sum of each of `count` channels, whose outputs lie side by side. */
void AE_NAME(scale_channels)(const int32_t *sums, const struct ae_scaled *to);

#endif
