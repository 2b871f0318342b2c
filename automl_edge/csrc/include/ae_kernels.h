/* SPDX-License-Identifier: 0BSD */
/*
 * The int8 kernels and their arguments.
 *
 * Activations are NHWC with a batch of one. Every kernel reads its constant arguments,
 * its inputs and nothing else, and writes its whole output. Sizes are elements, which are
 * bytes.
 *
 * An output may overlap an input only as far as the kernel's comment says, which holds for
 * every set that has a kernel of that name: the arena is planned by it. "In order" means
 * that when byte n of the output is written, nothing is read any more that lies below what
 * later bytes are made of.
 */
#ifndef AE_KERNELS_H
#define AE_KERNELS_H

#include <stdint.h>

#include "ae_prefix.h"

/*
 * From sums to int8: bias, multiplier (Q0.31) and shift of each output channel. `step` is
 * 1, or 0 where all channels share one multiplier and shift.
 */
struct ae_requantize {
    const int32_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
    int8_t step;
    int8_t output_zero;
    int8_t low;
    int8_t high;
};

/* A window that moves over an image; taps outside the image read `zero`. */
struct ae_window {
    int16_t in_height;
    int16_t in_width;
    int16_t channels;
    int16_t out_height;
    int16_t out_width;
    int16_t kernel_height;
    int16_t kernel_width;
    int16_t stride_height;
    int16_t stride_width;
    int16_t dilation_height;
    int16_t dilation_width;
    int16_t pad_top;
    int16_t pad_left;
    int16_t zero;
};

/* `weights` is [channels][depth]; the input's zero point is folded into the bias, which is
 * the model's bias - zero point * sum of the channel's weights. */
struct ae_dense {
    const int8_t *weights;
    struct ae_requantize requantize;
    int32_t depth;
    int32_t channels;
};

/* `dense.weights` is [output channel][kernel row][kernel column][input channel]. */
struct ae_conv_2d {
    struct ae_dense dense;
    struct ae_window window;
};

/* `weights` is [kernel row][kernel column][output channel]; output channel o reads input
 * channel o / multiplier. The bias is the model's. */
struct ae_depthwise_conv_2d {
    const int8_t *weights;
    struct ae_requantize requantize;
    struct ae_window window;
    int32_t multiplier;
};

struct ae_pool_2d {
    struct ae_window window;
    int16_t low;
    int16_t high;
};

/* Mean over the middle dimension of (outer, reduced, inner); `offset` is -zero_point * reduced. */
struct ae_mean {
    int32_t outer;
    int32_t reduced;
    int32_t inner;
    int32_t multiplier;
    int32_t offset;
    int16_t shift;
    int16_t output_zero;
};

/* Two inputs read with strides of their own, 0 where they are broadcast, outermost first. */
struct ae_broadcast {
    int32_t size[4];
    int32_t stride_a[4];
    int32_t stride_b[4];
};

struct ae_add {
    struct ae_broadcast shape;
    int32_t multiplier_a;
    int32_t multiplier_b;
    int32_t multiplier;
    int8_t shift_a;
    int8_t shift_b;
    int8_t shift;
    int8_t low;
    int8_t high;
    int8_t output_zero;
    int16_t zero_a;
    int16_t zero_b;
};

/* What a convolution adds its results to, a piece at a time: `rows` rows, or what is left of
 * them, and `columns` columns. `add` is for one row of a piece, the convolution's first. */
struct ae_pieces {
    struct ae_add add;
    int16_t rows;
    int16_t columns;
};

struct ae_conv_2d_add {
    struct ae_conv_2d conv;
    struct ae_pieces pieces;
};

struct ae_mul {
    struct ae_broadcast shape;
    int32_t multiplier;
    int8_t shift;
    int8_t low;
    int8_t high;
    int8_t output_zero;
    int16_t zero_a;
    int16_t zero_b;
};

/* Elements before and after each dimension, outermost first, filled with `value`. */
struct ae_pad {
    int16_t size[4];
    int16_t before[4];
    int16_t after[4];
    int32_t value;
};

/* One input of a concatenation: `rows` stretches of `size`, `pitch` apart in the output. */
struct ae_concatenation {
    int32_t rows;
    int32_t size;
    int32_t pitch;
};

/* Any function of one int8: table[x + 128]. */
struct ae_lookup {
    const int8_t *table;
    int32_t size;
};

/* Softmax of each row: differences to the row's largest become Q5.26 numbers by multiplier
 * and left shift; those below `least` count as nothing. */
struct ae_softmax {
    int32_t rows;
    int32_t depth;
    int32_t multiplier;
    int32_t left_shift;
    int32_t least;
};

/* Dot products of `in` with four rows of `weights`, [4][depth]. */
void AE_NAME(dot_four)(const int8_t *in, const int8_t *weights, int32_t depth, int32_t *sums);
/* Output channels `channel` to `channel` + `count` - 1, from their sums without bias. */
void AE_NAME(requantize)(const struct ae_requantize *args, int32_t channel, const int32_t *sums,
                         int32_t count, int8_t *out);
/* The output must not overlap the input. */
void AE_NAME(dense)(const struct ae_dense *args, const int8_t *in, int8_t *out);
/* `patch` is scratch of kernel_height * kernel_width * channels bytes. Pixels in order, rows
 * from top to bottom: the window of each is copied before the pixel is written. The output
 * may start as far below the input as it takes for each pixel to end at or below the first
 * byte of every window that is still to come. */
void AE_NAME(conv_2d)(const struct ae_conv_2d *args, const int8_t *in, int8_t *out, int8_t *patch);
/* conv_2d, and then the sum of its output, which never exists whole, and `other`: `scratch` holds
 * a piece of it, then conv_2d's patch. The output may start where `other` does, or below, and may
 * overlap `in` as conv_2d may. Every convolution has such a companion. */
void AE_NAME(conv_2d_add)(const struct ae_conv_2d_add *args, const int8_t *in, const int8_t *other,
                          int8_t *out, int8_t *scratch);
/*
 * `rows` is scratch for as many rows as a window reaches over, or as the image has, as wide
 * as all windows of an output row together, of four channels (or all, if there are fewer).
 * Four channels at a time over the whole image: with a multiplier of 1, and input and output
 * a multiple of `channels` bytes apart, a channel's outputs meet only inputs of the same
 * channel. An output row may then lie on input rows down to the end of its window, which
 * were copied. With another multiplier the output must not overlap the input.
 */
void AE_NAME(depthwise_conv_2d)(const struct ae_depthwise_conv_2d *args, const int8_t *in,
                                int8_t *out, int8_t *rows);
/* Pools go in order, channel by channel: an output may lie on the first byte of its channel in
 * its window, if no later window begins lower. */
void AE_NAME(average_pool_2d)(const struct ae_pool_2d *args, const int8_t *in, int8_t *out);
void AE_NAME(max_pool_2d)(const struct ae_pool_2d *args, const int8_t *in, int8_t *out);
/* In order: the output may start where the input does, or below. */
void AE_NAME(mean)(const struct ae_mean *args, const int8_t *in, int8_t *out);
/* In order: the output may start where an input does, or below, if that is not broadcast. */
void AE_NAME(add)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out);
/* One row of it, side by side, where args->shift is below -1. */
void AE_NAME(add_run)(const struct ae_add *args, const int8_t *a, const int8_t *b, int8_t *out);
void AE_NAME(mul)(const struct ae_mul *args, const int8_t *a, const int8_t *b, int8_t *out);
/* In order: the input may end where the output does, or above. */
void AE_NAME(pad)(const struct ae_pad *args, const int8_t *in, int8_t *out);
/* Called once an input, of which none may overlap the output. */
void AE_NAME(concatenation)(const struct ae_concatenation *args, const int8_t *in, int8_t *out);
/* In order: the output may start where the input does, or below. */
void AE_NAME(lookup)(const struct ae_lookup *args, const int8_t *in, int8_t *out);
/* The same: a row is read to its end before any of it is written, then again byte by byte. */
void AE_NAME(softmax)(const struct ae_softmax *args, const int8_t *in, int8_t *out);

#endif
