/* SPDX-License-Identifier: 0BSD */
/* Runs one kernel of ae_paired.h: see harness.c. */
#include "ae_paired.h"
#include "harness.h"

void cal_bench_conv_paired(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_dense_fours(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_depthwise_rows(const struct shape *p, const struct block *block, int8_t *memory);

/* Weights are whatever lies behind the scratch. */
void cal_bench_conv_paired(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_conv_2d_paired args = {0};
    int8_t *out = aligned(memory + in_bytes(p));
    int8_t *scratch = aligned(out + out_bytes(p));
    const int32_t depth = p->kernel_height * p->kernel_width * p->in_channels;
    args.window = window(p);
    if (p->kernel_height * p->kernel_width == 1 && p->stride_height == 1) {
        args.window.in_width = (int16_t)(p->in_height * p->in_width);
        args.window.out_width = (int16_t)(p->in_height * p->in_width);
        args.window.in_height = 1;
        args.window.out_height = 1;
    }
    args.paired.quads = (depth + 3) / 4;
    args.paired.weights = (const int32_t *)(const void *)aligned(
        scratch + AE_PAIRED_TILE * (2 * (depth + 3) + depth));
    args.paired.fixes = block->bias;
    args.paired.channel = block->fixed[0];
    args.paired.channels = p->out_channels;
    args.paired.low = -128;
    args.paired.high = 127;
    AE_NAME(conv_2d_paired)(&args, memory, out, scratch);
}

void cal_bench_dense_fours(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_dense_fours args = {0};
    int8_t *out = aligned(memory + in_bytes(p));
    int8_t *scratch = aligned(out + out_bytes(p));
    args.weights =
        (const int32_t *)(const void *)(scratch + 4 * (AE_FOURS_CHUNK + 1 + p->out_channels + 3));
    args.channel = block->channel[0];
    args.depth = p->in_channels;
    args.channels = p->out_channels;
    args.low = -128;
    args.high = 127;
    AE_NAME(dense_fours)(&args, memory, out, scratch);
}

/* By rows or by columns as the compiler chooses. */
void cal_bench_depthwise_rows(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_depthwise_rows args = {0};
    int8_t *out = aligned(memory + in_bytes(p));
    const int is_higher = p->stride_height == 1 && p->in_height > p->in_width;
    const int is_column = p->in_width == 1 && p->kernel_width == 1;
    struct shape turned = *p;
    turned.in_height = p->in_width;
    turned.in_width = p->in_height;
    turned.out_height = p->out_width;
    turned.out_width = p->out_height;
    turned.kernel_height = p->kernel_width;
    turned.kernel_width = p->kernel_height;
    turned.stride_height = p->stride_width;
    turned.stride_width = p->stride_height;
    args.is_turned = (int8_t)(is_column || (is_higher && p->kernel_height == 3));
    args.weights = out;
    args.channel = block->channel[0];
    args.window = window(args.is_turned ? &turned : p);
    args.low = -128;
    args.high = 127;
    AE_NAME(depthwise_rows)(&args, memory, out, aligned(out + out_bytes(p)));
}
