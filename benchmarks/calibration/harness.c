/* SPDX-License-Identifier: 0BSD */
/* Runs one kernel on zeros with a shape that the emulator's caller writes into `p`.
 *
 * Every function takes the parameters of one operator, builds the kernel's arguments on the
 * stack and calls it once. `memory` is a block of zeros large enough for all buffers. */
#include "ae_packed.h"
#include "harness.h"

void cal_prepare(struct block *block);
void cal_bench_conv(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_depthwise(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_dense(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_conv_packed(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_dense_packed(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_depthwise_3x3(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_average_pool(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_max_pool(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_mean(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_add(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_mul(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_pad(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_concatenation(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_lookup(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_softmax(const struct shape *p, const struct block *block, int8_t *memory);

void cal_prepare(struct block *block)
{
    for (int32_t i = 0; i < CHANNELS; i++) {
        block->bias[i] = block->channel[i][0] = block->fixed[i][0] = 0;
        block->multiplier[i] = block->channel[i][1] = block->fixed[i][1] = 1288490189;
        block->shift[i] = -8;
        block->channel[i][2] = 8;
        block->fixed[i][2] = (1 + (i % 4 == 0)) << 8 | 8;
    }
}

static struct ae_requantize requantize(const struct block *block)
{
    struct ae_requantize to = {0};
    to.bias = block->bias;
    to.multiplier = block->multiplier;
    to.shift = block->shift;
    to.step = 1;
    to.low = -128;
    to.high = 127;
    return to;
}

void cal_bench_conv(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_conv_2d args = {0};
    int8_t *out = memory + in_bytes(p);
    int8_t *patch = out + out_bytes(p);
    args.window = window(p);
    args.dense.requantize = requantize(block);
    args.dense.depth = p->kernel_height * p->kernel_width * p->in_channels;
    args.dense.channels = p->out_channels;
    args.dense.weights = patch + args.dense.depth;
    AE_NAME(conv_2d)(&args, memory, out, patch);
}

void cal_bench_depthwise(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_depthwise_conv_2d args = {0};
    int8_t *out = memory + in_bytes(p);
    int8_t *strip = out + out_bytes(p);
    const int32_t columns = (p->out_width - 1) * p->stride_width + p->kernel_width;
    args.weights = strip + 4 * p->kernel_height * columns;
    args.requantize = requantize(block);
    args.window = window(p);
    args.multiplier = 1;
    AE_NAME(depthwise_conv_2d)(&args, memory, out, strip);
}

void cal_bench_dense(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_dense args = {0};
    int8_t *out = memory + in_bytes(p);
    args.weights = out + out_bytes(p);
    args.requantize = requantize(block);
    args.depth = p->in_channels;
    args.channels = p->out_channels;
    AE_NAME(dense)(&args, memory, out);
}

/* Weights and constants are whatever lies at `tables`: no kernel's time depends on them. */
static struct ae_packed packed(int32_t depth, int32_t channels, const int8_t *tables)
{
    struct ae_packed to = {0};
    to.weights = (const int32_t *)(const void *)tables;
    to.channel = to.weights;
    to.depth = depth;
    to.steps = (depth + 3) / 4 * 2;
    to.channels = channels;
    to.low = -128;
    to.high = 127;
    return to;
}

void cal_bench_conv_packed(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_conv_2d_packed args = {0};
    int8_t *out = aligned(memory + in_bytes(p));
    int8_t *scratch = aligned(out + out_bytes(p));
    const int32_t depth = p->kernel_height * p->kernel_width * p->in_channels;
    (void)block;
    args.window = window(p);
    if (p->kernel_height * p->kernel_width == 1 && p->stride_height == 1) {
        args.window.in_width = (int16_t)(p->in_height * p->in_width);
        args.window.out_width = args.window.in_width;
        args.window.in_height = 1;
        args.window.out_height = 1;
    }
    args.packed = packed(depth, p->out_channels, aligned(scratch + 3 * AE_TILE * (depth + 3)));
    AE_NAME(conv_2d_packed)(&args, memory, out, scratch);
}

void cal_bench_dense_packed(const struct shape *p, const struct block *block, int8_t *memory)
{
    int8_t *out = aligned(memory + in_bytes(p));
    int8_t *scratch = aligned(out + out_bytes(p));
    const struct ae_packed args =
        packed(p->in_channels, p->out_channels, aligned(scratch + 2 * (p->in_channels + 3)));
    (void)block;
    AE_NAME(dense_packed)(&args, memory, out, scratch);
}

/* By rows or by columns as the compiler chooses. */
void cal_bench_depthwise_3x3(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_depthwise_3x3 args = {0};
    int8_t *out = aligned(memory + in_bytes(p));
    const struct ae_window w = window(p);
    const int columns = p->stride_height == 1 && p->in_height > p->in_width;
    args.weights = out;
    args.channel = (const int32_t *)(const void *)out;
    args.channels = p->in_channels;
    args.in_line = columns ? p->in_channels : p->in_width * p->in_channels;
    args.in_pixel = columns ? p->in_width * p->in_channels : p->in_channels;
    args.out_line = columns ? p->in_channels : p->out_width * p->in_channels;
    args.out_pixel = columns ? p->out_width * p->in_channels : p->in_channels;
    args.in_lines = (int16_t)(columns ? p->in_width : p->in_height);
    args.in_length = (int16_t)(columns ? p->in_height : p->in_width);
    args.out_lines = (int16_t)(columns ? p->out_width : p->out_height);
    args.out_length = (int16_t)(columns ? p->out_height : p->out_width);
    args.stride = (int16_t)p->stride_height;
    args.pad_lines = (int8_t)(columns ? w.pad_left : w.pad_top);
    args.pad_length = (int8_t)(columns ? w.pad_top : w.pad_left);
    args.low = -128;
    args.high = 127;
    (void)block;
    AE_NAME(depthwise_3x3)(&args, memory, out, aligned(out + out_bytes(p)));
}

void cal_bench_average_pool(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_pool_2d args = {0};
    (void)block;
    args.window = window(p);
    args.low = -128;
    args.high = 127;
    AE_NAME(average_pool_2d)(&args, memory, memory + in_bytes(p));
}

void cal_bench_max_pool(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_pool_2d args = {0};
    (void)block;
    args.window = window(p);
    args.low = -128;
    args.high = 127;
    AE_NAME(max_pool_2d)(&args, memory, memory + in_bytes(p));
}

void cal_bench_mean(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_mean args = {0};
    args.outer = 1;
    args.reduced = p->in_height * p->in_width;
    args.inner = p->in_channels;
    args.multiplier = block->multiplier[0];
    args.shift = block->shift[0];
    AE_NAME(mean)(&args, memory, memory + in_bytes(p));
}

static struct ae_broadcast same_shape(const struct shape *p)
{
    struct ae_broadcast shape = {{1, 1, 1, 0}, {0, 0, 0, 1}, {0, 0, 0, 1}};
    shape.size[3] = in_bytes(p);
    return shape;
}

void cal_bench_add(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_add args = {0};
    args.shape = same_shape(p);
    args.multiplier_a = block->multiplier[0];
    args.multiplier_b = block->multiplier[0];
    args.multiplier = block->multiplier[0];
    args.shift = -18;
    args.low = -128;
    args.high = 127;
    AE_NAME(add)(&args, memory, memory, memory + in_bytes(p));
}

void cal_bench_mul(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_mul args = {0};
    args.shape = same_shape(p);
    args.multiplier = block->multiplier[0];
    args.shift = -8;
    args.low = -128;
    args.high = 127;
    AE_NAME(mul)(&args, memory, memory, memory + in_bytes(p));
}

void cal_bench_pad(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_pad args = {{1, 0, 0, 0}, {0, 1, 1, 0}, {0, 1, 1, 0}, 0};
    (void)block;
    args.size[1] = (int16_t)p->in_height;
    args.size[2] = (int16_t)p->in_width;
    args.size[3] = (int16_t)p->in_channels;
    AE_NAME(pad)(&args, memory, memory + in_bytes(p));
}

void cal_bench_concatenation(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_concatenation args = {0};
    (void)block;
    args.rows = p->in_height * p->in_width;
    args.size = p->in_channels;
    args.pitch = p->in_channels;
    AE_NAME(concatenation)(&args, memory, memory + in_bytes(p));
}

void cal_bench_lookup(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_lookup args = {0};
    args.table = block->shift;
    args.size = in_bytes(p);
    AE_NAME(lookup)(&args, memory, memory + in_bytes(p));
}

void cal_bench_softmax(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_softmax args = {0};
    (void)block;
    args.rows = 1;
    args.depth = p->in_channels;
    args.multiplier = 1288490189;
    args.left_shift = 20;
    args.least = -248;
    AE_NAME(softmax)(&args, memory, memory + p->in_channels);
}
