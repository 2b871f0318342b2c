"""Bytes that the C takes on a core with 32-bit pointers, told from descriptions alone.

``cost`` predicts with the same rules; a test compares STRUCT_BYTES with a compiler.
"""

from __future__ import annotations

from dataclasses import replace

from automl_edge.compiler import paired, tiled
from automl_edge.compiler.geometry import GROUP
from automl_edge.compiler.packed import TILE, strips_scratch, suits_depthwise_3x3
from automl_edge.compiler.pieces import pieces_of
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork

STRUCT_BYTES = {
    "dense": 28,
    "conv_2d": 56,
    "depthwise_conv_2d": 52,
    "average_pool_2d": 32,
    "max_pool_2d": 32,
    "mean": 24,
    "add": 72,
    "mul": 60,
    "pad": 28,
    "concatenation": 12,
    "lookup": 8,
    "softmax": 20,
    "conv_2d_packed": 52,
    "dense_packed": 24,
    "depthwise_3x3": 48,
    "conv_2d_paired": 52,
    "dense_fours": 20,
    "depthwise_rows": 40,
    "conv_2d_tiled": 48,
    "dense_tiled": 20,
    "depthwise_slide": 40,
}
"""Size of each kernel's argument struct, pointers being 4 bytes."""

SUMMED = ("conv_2d", "conv_2d_packed", "conv_2d_paired", "conv_2d_tiled")
"""The convolutions that can add what they compute to another tensor: ``<kernel>_add``."""

_ADD = "_add"
_PIECES_BYTES = 4
"""Rows and columns of a piece, beside the two structs."""

STRUCT_BYTES |= {
    kernel + _ADD: STRUCT_BYTES[kernel] + STRUCT_BYTES["add"] + _PIECES_BYTES for kernel in SUMMED
}

STRUCT_TYPES = {
    "average_pool_2d": "pool_2d",
    "max_pool_2d": "pool_2d",
    "dense_packed": "packed",
}
"""Struct ``ae_<type>`` of the kernels whose struct does not bear their own name."""

NEEDS = {
    "add": ("add_run",),
    "conv_2d": ("dense", "dot_four", "requantize"),
    "dense": ("dot_four", "requantize"),
    "depthwise_conv_2d": ("requantize",),
    "conv_2d_packed": (
        "copy_rows",
        "fill_bytes",
        "packed_pixel",
        "packed_tile",
        "widen_pixel",
        "widen_tile",
        "window_row",
    ),
    "dense_packed": ("packed_pixel", "widen_pixel"),
    "depthwise_3x3": ("strip_line", "strip_outputs", "strip_outputs_2"),
    "conv_2d_paired": ("paired_columns", "paired_tile"),
    "dense_fours": ("four_sums", "scale_channels"),
    "depthwise_rows": ("row_sums", "scale_sums"),
    "conv_2d_tiled": ("tile_outputs",),
    "dense_tiled": ("eight_sums",),
    "depthwise_slide": ("slide_rows",),
}
"""What kernels call, and what that calls."""

NEEDS |= {kernel + _ADD: (kernel, *NEEDS[kernel], "add", *NEEDS["add"]) for kernel in SUMMED}

LOOKUP_BYTES = 256
CHANNEL_BYTES = 9
"""Bias, multiplier (int32) and shift (int8) of one output channel of a layer with weights."""

SHARED_BYTES = 5
"""Multiplier and shift where all channels share them: then a channel has its bias only."""

PACKED_CHANNEL_BYTES = 12
"""Bias and two factors (int32) of one output channel of a layer with packed weights."""

PACKED_KERNELS = {
    "conv_2d": "conv_2d_packed",
    "dense": "dense_packed",
    "depthwise_conv_2d": "depthwise_3x3",
}

PAIRED_KERNELS = {
    "conv_2d": "conv_2d_paired",
    "dense": "dense_fours",
    "depthwise_conv_2d": "depthwise_rows",
}

TILED_KERNELS = {
    "conv_2d": "conv_2d_tiled",
    "dense": "dense_tiled",
    "depthwise_conv_2d": "depthwise_slide",
}

_FACTORED = {
    kernel for own in (PACKED_KERNELS, PAIRED_KERNELS, TILED_KERNELS) for kernel in own.values()
}

_LOOKUPS = (OpKind.QUANTIZE, OpKind.RELU, OpKind.RELU6, OpKind.LOGISTIC, OpKind.HARD_SWISH)

_KERNELS = {
    **{kind: kind.lower() for kind in OpKind},
    **dict.fromkeys(_LOOKUPS, "lookup"),
    OpKind.FULLY_CONNECTED: "dense",
}


def kernel_of(work: OpWork, kernels: KernelSet = KernelSet.PORTABLE) -> str:
    """The kernel of a set that runs ``work``; a CONCATENATION calls its once for each input.

    A layer whose numbers do not suit the set's own kernel is run by the portable one; that
    cannot be told from a description.
    """
    kernel = _kernel_of(work, kernels)
    return kernel + _ADD if work.adds else kernel


def summed(kernel: str) -> str:
    """The convolution that ``kernel`` is, without the addition of its results if it has one."""
    return kernel.removesuffix(_ADD)


def _kernel_of(work: OpWork, kernels: KernelSet) -> str:
    plain = _KERNELS[work.kind]
    if plain == "dense" and work.macs > work.weight_bytes:
        plain = "conv_2d"
    if plain == "depthwise_conv_2d" and work.in_shape[2] == 1:
        plain = "conv_2d"
    if kernels is KernelSet.DSP and (plain != "depthwise_conv_2d" or suits_depthwise_3x3(work)):
        return PACKED_KERNELS.get(plain, plain)
    if kernels is KernelSet.M0PLUS and paired.suits(work, plain):
        is_dense = plain == "conv_2d" and paired.is_dense(work)
        return PAIRED_KERNELS.get("dense" if is_dense else plain, plain)
    if kernels is KernelSet.RV32 and tiled.suits(work, plain):
        return TILED_KERNELS.get(plain, plain)
    return plain


def scratch_bytes(work: OpWork, kernel: str) -> int:
    """Arena bytes that ``kernel`` needs while it runs ``work``.

    A convolution copies each window into them; a depthwise one, for GROUP channels at a
    time, the input rows under a window, as wide as all windows of a row. Packed kernels
    widen inputs into them, see ``packed``. One that adds its results has a piece of them.
    """
    if not work.channels:
        return 0
    if work.adds:
        rows, columns = pieces_of(work) or work.out_shape[:2]
        alone = scratch_bytes(replace(work, adds=False), summed(kernel))
        return rows * columns * work.out_shape[2] + alone
    if work.kind is OpKind.DEPTHWISE_CONV_2D:
        return _depthwise_scratch(work, kernel)
    return _window_scratch(work, kernel)


def _window_scratch(work: OpWork, kernel: str) -> int:
    is_dense = work.kind is OpKind.FULLY_CONNECTED
    row = work.weight_bytes // work.channels if is_dense else work.kernel[1] * work.in_shape[2]
    depth = row if is_dense else work.kernel[0] * row
    is_scattered = work.kernel[1] > 1 and work.dilation[1] > 1
    copies = not is_dense and (is_scattered or _leaves_image(work))
    match kernel:
        case "conv_2d":
            return depth
        case "dense_packed":
            return 2 * _padded(depth)
        case "conv_2d_packed":
            patch = _padded(depth) if row % 4 or is_scattered else copies * row
            return TILE * (2 * _padded(depth) + patch)
        case "conv_2d_tiled":
            return tiled.TILE * depth
        case "dense_fours":
            return paired.fours_scratch(depth, work.channels)
        case "conv_2d_paired":
            return paired.TILE * (2 * _padded(depth) + copies * depth)
        case _:
            return 0


def _depthwise_scratch(work: OpWork, kernel: str) -> int:
    if kernel == "depthwise_conv_2d":
        width = (work.out_shape[1] - 1) * work.stride[1] + work.span(1)
        rows = min(work.span(0), work.in_shape[0])
        return rows * width * min(work.in_shape[2], GROUP)
    if kernel == "depthwise_3x3":
        return strips_scratch(work.in_shape[:2], work.out_shape[:2], work.stride[0])
    if kernel == "depthwise_rows":
        row = paired.by_longer_lines(work)
        return paired.rows_scratch(row.kernel, row.out_shape[1], row.stride[1])
    return _window_scratch(work, kernel)


def table_bytes(work: OpWork, kernel: str, per_channel: bool = True) -> int:
    """Bytes of bias, multiplier, shift and look-up tables of ``work`` run by ``kernel``."""
    kernel = summed(kernel)
    if work.kind in _LOOKUPS:
        return LOOKUP_BYTES
    if kernel in _FACTORED:
        is_even = kernel in ("conv_2d_packed", "dense_packed")
        fixes = paired.usual_fixes(work.channels) if kernel == "conv_2d_paired" else 0
        channels = _even(work.channels) if is_even else work.channels
        return PACKED_CHANNEL_BYTES * channels + 4 * fixes
    if work.channels and not per_channel:
        return 4 * work.channels + SHARED_BYTES
    return CHANNEL_BYTES * work.channels


def weight_bytes(work: OpWork, kernel: str) -> int:
    """Bytes of weights of ``work`` in the order that ``kernel`` reads them."""
    kernel = summed(kernel)
    if kernel in ("conv_2d_packed", "dense_packed"):
        return _even(work.channels) * _padded(work.weight_bytes // work.channels)
    if kernel == "conv_2d_paired":
        return work.channels * _padded(work.weight_bytes // work.channels)
    if kernel == "dense_fours":
        return _padded(work.channels) * _padded(work.weight_bytes // work.channels)
    if kernel == "depthwise_rows":
        return work.channels * paired.TAPS
    if kernel in ("conv_2d_tiled", "dense_tiled"):
        return _padded(work.channels) * (work.weight_bytes // work.channels)
    return work.weight_bytes


def _leaves_image(work: OpWork) -> bool:
    return any(
        (work.out_shape[axis] - 1) * work.stride[axis] + work.span(axis) > work.in_shape[axis]
        for axis in (0, 1)
    )


def _padded(depth: int) -> int:
    return -(-depth // 4) * 4


def _even(channels: int) -> int:
    return channels + channels % 2
