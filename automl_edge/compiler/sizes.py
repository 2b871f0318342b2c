"""Bytes that the C takes on a core with 32-bit pointers, told from descriptions alone.

``cost`` predicts with the same rules; a test compares STRUCT_BYTES with a compiler.
"""

from __future__ import annotations

from automl_edge.domain.graph import OpKind
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
}
"""Size of each kernel's argument struct, pointers being 4 bytes."""

STRUCT_TYPES = {"average_pool_2d": "pool_2d", "max_pool_2d": "pool_2d"}
"""Struct ``ae_<type>`` of the kernels whose struct does not bear their own name."""

NEEDS = {
    "conv_2d": ("dense", "dot_four", "requantize"),
    "dense": ("dot_four", "requantize"),
    "depthwise_conv_2d": ("requantize",),
}
"""What kernels call, and what that calls."""

LOOKUP_BYTES = 256
CHANNEL_BYTES = 9
"""Bias, multiplier (int32) and shift (int8) of one output channel of a layer with weights."""

SHARED_BYTES = 5
"""Multiplier and shift where all channels share them: then a channel has its bias only."""

_LOOKUPS = (OpKind.QUANTIZE, OpKind.RELU, OpKind.RELU6, OpKind.LOGISTIC, OpKind.HARD_SWISH)


def kernel_of(work: OpWork) -> str:
    """The kernel that runs ``work``; a CONCATENATION calls its kernel once for each input."""
    if work.kind in _LOOKUPS:
        return "lookup"
    if work.kind is OpKind.FULLY_CONNECTED:
        rows = work.macs // max(work.weight_bytes, 1)
        return "dense" if rows == 1 else "conv_2d"
    if work.kind is OpKind.DEPTHWISE_CONV_2D and work.in_shape[2] == 1:
        return "conv_2d"
    return work.kind.lower()


def scratch_bytes(work: OpWork) -> int:
    """Arena bytes that the kernel of ``work`` needs while it runs, without dilation.

    A convolution copies a window into them unless each of its windows is one unbroken
    stretch of memory inside the image: see ``Window.is_unbroken``.
    """
    if kernel_of(work) != "conv_2d" or work.kind is OpKind.FULLY_CONNECTED:
        return 0
    height, width = work.kernel
    is_unbroken = height == 1 or width == work.in_shape[1]
    leaves_image = any(
        (work.out_shape[axis] - 1) * work.stride[axis] + work.kernel[axis] > work.in_shape[axis]
        for axis in (0, 1)
    )
    return height * width * work.in_shape[2] if leaves_image or not is_unbroken else 0


def table_bytes(work: OpWork, per_channel: bool = True) -> int:
    """Bytes of bias, multiplier, shift and look-up tables of ``work``."""
    if work.kind in _LOOKUPS:
        return LOOKUP_BYTES
    if work.channels and not per_channel:
        return 4 * work.channels + SHARED_BYTES
    return CHANNEL_BYTES * work.channels
