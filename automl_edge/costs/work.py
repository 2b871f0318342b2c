"""What operators and front ends do, in the units that cost cycles.

The calibration finds the cycles of each unit for each core; the units themselves follow
from how the kernels work and not from the core.
"""

from __future__ import annotations

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec
from automl_edge.domain.workload import OpWork
from automl_edge.features.sizes import front_end_sizes

OP_UNITS = ("call", "pixel", "tap", "output", "gathered", "edge", "odd_mac", "mac")
"""One call; output pixels; positions of the window over all pixels; outputs; elements read
or copied under windows; outputs at an edge, where the window leaves the image; MACs of the
output channels that are left over when they are taken in fours; MACs."""

FRONT_END_UNITS = ("call", "sample", "run", "mac")
"""One classification; samples taken in; stretches of neighbouring samples handled at once
(frames of sound, rows of motion, of a photo the pixels of one row under one feature);
multiplications (of a photo, three means under each pixel of the features)."""

CAMERA_FRAME = (120, 160)
"""Rows and columns of the camera frame that image latency is predicted for (QQVGA)."""

_TOGETHER = 4
_POOLS = ("average_pool_2d", "max_pool_2d")


def op_work(op: OpWork, kernel: str, scratch: int) -> tuple[int, ...]:
    """What ``op`` does, in OP_UNITS, run by ``kernel`` with ``scratch`` bytes for a window."""
    height, width, channels = op.out_shape
    pixels = height * width
    outputs = pixels * channels
    taps = pixels * op.kernel[0] * op.kernel[1]
    gathered = edges = odd = 0
    if kernel == "conv_2d":
        gathered = pixels * scratch
        taps = taps if scratch else 0
    elif kernel == "depthwise_conv_2d":
        edges = (pixels - _inside(op, 0) * _inside(op, 1)) * channels
    elif kernel in _POOLS:
        gathered = taps * channels
    elif kernel == "mean":
        gathered = op.in_shape[0] * op.in_shape[1] * op.in_shape[2]
    left_over = op.channels % _TOGETHER
    if left_over:
        odd = op.macs // op.channels * left_over
    return (1, pixels, taps, outputs, gathered, edges, odd, op.macs)


def front_end_work(features: FeatureSpec) -> tuple[int, ...]:
    """What one classification's front end does, in FRONT_END_UNITS.

    A photo comes from a frame of CAMERA_FRAME, of which the crop is read.
    """
    if isinstance(features, LogMelSpec):
        return (1, features.clip, features.frames, front_end_sizes(features).macs)
    if isinstance(features, ImageSpec):
        rows, columns = CAMERA_FRAME
        height = min(rows, columns * features.height // features.width)
        width = min(columns, rows * features.width // features.height)
        runs = max(height, features.height) * features.width
        return (1, height * width, runs, 3 * features.height * features.width)
    values = features.window * features.axes
    return (1, values, features.window, values)


def _inside(op: OpWork, axis: int) -> int:
    """Positions along one axis at which the window does not leave the image."""
    size, count = op.in_shape[axis], op.out_shape[axis]
    kernel, stride = op.kernel[axis], op.stride[axis]
    before = max((count - 1) * stride + kernel - size, 0) // 2
    first = -(-before // stride)
    last = min((size - kernel + before) // stride, count - 1)
    return max(last - first + 1, 0)
