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

/* Words of weights of one channel: two a line, and those of the first two lines again, so that
 * the three lines may start with any. */
#define AE_STRIP_WEIGHTS 10

/* How a line of inputs comes into the strips of four channels, which are `strip` words apart:
 * `zeros` and the first input to a word where it `leads`, then `pairs` of inputs, `pixel` bytes
 * apart, the last input and `zeros` where it `trails`, and at last `blanks` words of `zeros`.
 * `zeros` is four zero points. */
struct ae_strip_line {
    int32_t pixel;
    int32_t strip;
    int32_t leads;
    int32_t pairs;
    int32_t trails;
    int32_t blanks;
    int8_t zeros[4];
};

/* Strips of `channels` channels, `strip` words apart: for each pair of neighbouring inputs, one
 * word of each of the three lines. A line gives `count` outputs, `pitch` apart. `channel` is
 * as above. */
struct ae_strips {
    const int32_t *words;
    const int32_t *channel;
    int32_t strip;
    int32_t pitch;
    int32_t count;
    int32_t channels;
    int32_t output_zero;
    int32_t is_signed;
};

/* `scratch` holds AE_TILE columns of widened inputs, then, where windows are copied first,
 * AE_TILE patches: of a window's row where rows are whole words, else of 2 * `steps` bytes.
 * Tiles of pixels in order, each widened before any of it is written: may overlap as conv_2d
 * may. */
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
/* Copy `rows` times `bytes` from `pitch` bytes apart, one after the other; the end of what was
 * written. */
int8_t *AE_NAME(copy_rows)(int8_t *to, const int8_t *from, int32_t bytes, int32_t rows,
                           int32_t pitch);
/* Write `count` bytes of `value`; the end of what was written. */
int8_t *AE_NAME(fill_bytes)(int8_t *to, int32_t count, int32_t value);
/* Copy the taps at x of a row of the image, and the zero point for those outside; all are
 * outside where the row is NULL. The end of what was written. */
int8_t *AE_NAME(window_row)(const struct ae_window *window, const int8_t *row, int32_t x,
                            int8_t *to);
/* Put a line of four channels into strips. */
void AE_NAME(strip_line)(const struct ae_strip_line *args, const int8_t *in, int32_t *line);
/* Outputs of one line. `weights` has AE_STRIP_WEIGHTS words a channel, of each line's taps 0
 * and 1, and 1 and 2; they start with the line that lies first in the strips. */
void AE_NAME(strip_outputs)(const struct ae_strips *args, const int32_t *weights, int8_t *out);
/* As strip_outputs, for a stride of 2. */
void AE_NAME(strip_outputs_2)(const struct ae_strips *args, const int32_t *weights, int8_t *out);

#endif
