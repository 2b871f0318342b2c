/* SPDX-License-Identifier: 0BSD */
/*
 * Kernels for weights that were packed ahead of time, two output channels to a word.
 *
 * A word of `weights` has two lanes of 16 bits, each 256 * b + a: weight a of an even channel
 * and weight b of the odd one after it, for two inputs. A sum of such lanes times inputs is
 * 256 * B + A; with A summed by itself, B is what is left. The compiler makes sure that
 * 256 * B fits 32 bits and that each lane fits 16. Inputs are widened to lanes of 16 bits:
 * of four neighbours, the first word has numbers 0 and 2, the second 1 and 3.
 */
#ifndef AE_PACKED_H
#define AE_PACKED_H

#include <stdint.h>

#include "ae_kernels.h"
#include "ae_prefix.h"

/* Pixels that are computed together. */
#define AE_TILE 4

/*
 * `weights` is [pair][step] and `channel` [pair][6]: bias a, bias b, then first and second
 * factor of b, and of a. The bias has the input's zero point folded in. A sum s becomes
 * h = s + round(s * first / 2^32), then output_zero + round(h * second / 2^32); `first` is
 * twice the Q0.31 multiplier less 2^32, `second` 2^(32 - right shift). `is_signed` is 0
 * where negative results are limited anyway, so that they need not be rounded as TFLM does.
 */
struct ae_packed {
    const int32_t *weights;
    const int32_t *channel;
    int32_t depth;
    int32_t steps;
    int32_t channels;
    int8_t output_zero;
    int8_t low;
    int8_t high;
    int8_t is_signed;
};

/* Channels of weights are [kernel row][kernel column][input channel], filled up to four. */
struct ae_conv_2d_packed {
    struct ae_packed packed;
    struct ae_window window;
};

struct ae_conv_2d_packed_add {
    struct ae_conv_2d_packed conv;
    struct ae_pieces pieces;
};

/*
 * A depthwise convolution of 3 x 3 taps, line by line. A line is a row of the image, or a
 * column where the image is higher than wide and the stride 1; `weights` is [channel][line]
 * [tap], `channel` [channel][3]: bias with the zero point folded in, first and second factor.
 * Distances are bytes.
 */
struct ae_depthwise_3x3 {
    const int8_t *weights;
    const int32_t *channel;
    int32_t channels;
    int32_t in_line;
    int32_t in_pixel;
    int32_t out_line;
    int32_t out_pixel;
    int16_t in_lines;
    int16_t in_length;
    int16_t out_lines;
    int16_t out_length;
    int16_t stride;
    int8_t pad_lines;
    int8_t pad_length;
    int8_t zero;
    int8_t output_zero;
    int8_t low;
    int8_t high;
    int8_t is_signed;
};

/* One channel's outputs of one line. `strip` has, for each pair of neighbouring inputs, one
 * word of each of the three lines; `weights` has two words for each of them: taps 0 and 1,
 * and 1 and 2. `channel` is as above; outputs are `pitch` apart. */
struct ae_strip {
    const int32_t *strip;
    const int32_t *weights;
    const int32_t *channel;
    int8_t *out;
    int32_t pitch;
    int32_t count;
    int32_t output_zero;
    int32_t is_signed;
};

/* `scratch` holds AE_TILE columns of widened inputs, then, where windows are copied first,
 * as many bytes again for AE_TILE patches of `steps` words of 2 bytes. Tiles of pixels in
 * order, each widened before any of it is written: may overlap as conv_2d may. */
void AE_NAME(conv_2d_packed)(const struct ae_conv_2d_packed *args, const int8_t *in, int8_t *out,
                             int8_t *scratch);
/* As conv_2d_add. */
void AE_NAME(conv_2d_packed_add)(const struct ae_conv_2d_packed_add *args, const int8_t *in,
                                 const int8_t *other, int8_t *out, int8_t *scratch);
/* `scratch` holds one column of widened inputs: all of the input, so that the output may lie
 * on it anywhere. */
void AE_NAME(dense_packed)(const struct ae_packed *args, const int8_t *in, int8_t *out,
                           int8_t *scratch);
/* `scratch` holds the strips of four channels. May overlap as depthwise_conv_2d may; where
 * lines are columns, input and output must lie a multiple of the image's rows apart. */
void AE_NAME(depthwise_3x3)(const struct ae_depthwise_3x3 *args, const int8_t *in, int8_t *out,
                            int8_t *scratch);

/* All channels of AE_TILE pixels, whose widened inputs take turns word by word in `columns`. */
void AE_NAME(packed_tile)(const struct ae_packed *args, const int32_t *columns, int8_t *out);
/* All channels of one pixel. */
void AE_NAME(packed_pixel)(const struct ae_packed *args, const int32_t *column, int8_t *out);
/* Widen 4 * `quads` bytes of each of AE_TILE pixels; the end of what was written. */
int32_t *AE_NAME(widen_tile)(const int8_t *const *pixels, int32_t quads, int32_t *columns);
/* Widen 4 * `quads` bytes of one pixel; the end of what was written. */
int32_t *AE_NAME(widen_pixel)(const int8_t *in, int32_t quads, int32_t *column);
/* Copy bytes; the end of what was written. */
int8_t *AE_NAME(copy_bytes)(int8_t *to, const int8_t *from, int32_t count);
/* Four channels of 2 * `pairs` pixels that are `pixel` bytes apart into a line of their
 * strips, which are `strip` words apart. */
void AE_NAME(strip_fill)(const int8_t *in, int32_t pixel, int32_t pairs, int32_t *line,
                         int32_t strip);
void AE_NAME(strip_outputs)(const struct ae_strip *args);
/* As strip_outputs, for a stride of 2. */
void AE_NAME(strip_outputs_2)(const struct ae_strip *args);

#endif
