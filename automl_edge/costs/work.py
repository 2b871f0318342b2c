"""What operators and front ends do, in the units that cost cycles.

The calibration finds the cycles of each unit for each core; the units themselves follow
from how the kernels work and not from the core.
"""

from __future__ import annotations

from functools import lru_cache

from automl_edge.costs.packed import packed_work, strip_work
from automl_edge.costs.paired import fours_work, paired_work, rows_work
from automl_edge.costs.tiled import TILED_WORK
from automl_edge.costs.windows import taps_inside
from automl_edge.domain.features import CAMERA_FRAME, FeatureSpec, ImageSpec, LogMelSpec
from automl_edge.domain.workload import OpWork
from automl_edge.features.mel import band_ranges
from automl_edge.features.sizes import front_end_sizes

OP_UNITS = (
    "call",
    "pixel",
    "output",
    "row",
    "element",
    "odd_mac",
    "mac",
    "tile",
    "quad",
    "tail",
    "step",
    "edge",
    "fill",
    "widen",
    "gather",
)
"""One call; output pixels; outputs; rows of windows that are walked along; elements under
windows that are read or copied; MACs of the output channels that are left over when they
are taken in fours; MACs of dense layers, of convolutions as such layers. Of packed kernels:
pairs of channels of tiles of pixels; fours of inputs that are widened; steps of two words
that do not fill a block; steps of one word of weights; rows of windows that leave the image;
bytes beside the image that are filled in; stretches of a tile that are widened at once; tiles
of pixels, whose windows are gathered.
Depthwise, tiled and paired kernels: see the functions."""

FRONT_END_UNITS = ("call", "sample", "run", "mac", "output", "kept", "point", "bin")
"""One classification; samples taken in; stretches of neighbouring samples handled at once
(frames of sound, rows of motion, of a photo the pixels of one row under one feature);
multiplications (of a photo, three means under each pixel of the features). Of sound: features;
samples of each window that are kept for the next; points of each transform, and bins of its
spectrum under each mel filter."""

_TOGETHER = 4
_POOLS = ("average_pool_2d", "max_pool_2d")
_PAIRED = {
    "conv_2d_paired": paired_work,
    "dense_fours": fours_work,
    "depthwise_rows": rows_work,
}


def op_work(op: OpWork, kernel: str, scratch: int) -> tuple[int, ...]:
    """What ``op`` does, in OP_UNITS, run by ``kernel`` with ``scratch`` bytes for a window.

    Convolutions copy each window into scratch. Pools walk over the part of the window that
    lies inside the image, for each channel.
    """
    work = _kernel_work(op, kernel, scratch)
    return work + (0,) * (len(OP_UNITS) - len(work))


def _kernel_work(op: OpWork, kernel: str, scratch: int) -> tuple[int, ...]:
    """As ``op_work``, without the last units where all are 0."""
    if kernel in ("conv_2d_packed", "dense_packed"):
        return packed_work(op, scratch)
    if kernel == "depthwise_3x3":
        return strip_work(op)
    if kernel in _PAIRED:
        return _PAIRED[kernel](op)
    if kernel in TILED_WORK:
        return TILED_WORK[kernel](op)
    if kernel == "depthwise_conv_2d":
        return _depthwise_work(op)
    height, width, channels = op.out_shape
    pixels = height * width
    rows = elements = odd = macs = 0
    if kernel in ("conv_2d", "dense"):
        macs = op.macs
        rows = pixels * op.kernel[0] if scratch else 0
        elements = pixels * scratch
        odd = macs // channels * (channels % _TOGETHER)
    elif kernel in _POOLS:
        down = sum(taps_inside(op.in_shape[0], height, op.kernel[0], op.stride[0]))
        across = sum(taps_inside(op.in_shape[1], width, op.kernel[1], op.stride[1]))
        rows = down * width * channels
        elements = down * across * channels
    elif kernel in ("mean", "pad"):
        elements = op.in_shape[0] * op.in_shape[1] * op.in_shape[2]
    return (1, pixels, pixels * channels, rows, elements, odd, macs, 0, 0, 0, 0)


def _depthwise_work(op: OpWork) -> tuple[int, ...]:
    """A few channels at a time: ``quad`` counts copied rows, ``tile`` rows of outputs and
    ``fill`` bytes of the strips, which are cleared before."""
    height, width, channels = op.out_shape
    groups = -(-channels // _TOGETHER)
    down = taps_inside(op.in_shape[0], height, op.kernel[0], op.stride[0])
    rows = sum(down) * width * groups
    elements = op.in_shape[0] * op.in_shape[1] * op.in_shape[2]
    macs = rows * op.kernel[1]
    outputs = height * width * channels
    copied = op.in_shape[0] * groups
    strip = min(op.span(0), op.in_shape[0]) * ((width - 1) * op.stride[1] + op.span(1))
    return (
        1,
        height * width * groups,
        outputs,
        rows,
        elements,
        0,
        macs,
        groups * height,
        copied,
        0,
        0,
        0,
        strip * channels,
    )


@lru_cache(maxsize=4096)
def front_end_work(features: FeatureSpec) -> tuple[int, ...]:
    """What one classification's front end does, in FRONT_END_UNITS.

    A photo comes from a frame of CAMERA_FRAME, of which the crop is read.
    """
    if isinstance(features, LogMelSpec):
        kept = max(features.window - features.hop, 0)
        bins = sum(count for _, count in band_ranges(features))
        each = (features.mel_bins, kept, features.fft, bins)
        macs = front_end_sizes(features).macs
        return (1, features.clip, features.frames, macs, *(features.frames * n for n in each))
    if isinstance(features, ImageSpec):
        rows, columns = CAMERA_FRAME
        height = min(rows, columns * features.height // features.width)
        width = min(columns, rows * features.width // features.height)
        runs = max(height, features.height) * features.width
        return (1, height * width, runs, 3 * features.height * features.width, 0, 0, 0, 0)
    values = features.window * features.axes
    return (1, values, features.window, values, 0, 0, 0, 0)
