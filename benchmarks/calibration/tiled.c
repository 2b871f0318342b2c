/* SPDX-License-Identifier: 0BSD */
/* Runs the kernels of ae_tiled.h as harness.c runs the others. Weights and constants are
 * whatever lies in memory: no kernel's time depends on them. */
#include "ae_tiled.h"
#include "harness.h"

void cal_bench_conv_tiled(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_dense_tiled(const struct shape *p, const struct block *block, int8_t *memory);
void cal_bench_depthwise_slide(const struct shape *p, const struct block *block, int8_t *memory);

void cal_bench_conv_tiled(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_conv_2d_tiled args = {0};
    int8_t *out = aligned(memory + in_bytes(p));
    int8_t *scratch = aligned(out + out_bytes(p));
    args.window = window(p);
    args.tiled.depth = p->kernel_height * p->kernel_width * p->in_channels;
    args.tiled.channels = p->out_channels;
    args.tiled.weights = scratch + AE_TILED * args.tiled.depth;
    args.tiled.channel = block->bias;
    args.tiled.low = -128;
    args.tiled.high = 127;
    AE_NAME(conv_2d_tiled)(&args, memory, out, scratch);
}

void cal_bench_dense_tiled(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_dense_tiled args = {0};
    int8_t *out = aligned(memory + in_bytes(p));
    args.weights = (const int32_t *)(const void *)aligned(out + out_bytes(p));
    args.channel = block->bias;
    args.depth = p->in_channels;
    args.channels = p->out_channels;
    args.low = -128;
    args.high = 127;
    AE_NAME(dense_tiled)(&args, memory, out);
}

void cal_bench_depthwise_slide(const struct shape *p, const struct block *block, int8_t *memory)
{
    struct ae_depthwise_slide args = {0};
    int8_t *out = memory + in_bytes(p);
    args.weights = out + out_bytes(p);
    args.channel = block->bias;
    args.window = window(p);
    args.low = -128;
    args.high = 127;
    AE_NAME(depthwise_slide)(&args, memory, out);
}
