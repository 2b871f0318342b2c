"""What the kernels of tiles in registers do, in the units that cost cycles (``OP_UNITS``)."""

from __future__ import annotations

from collections.abc import Callable

from automl_edge.compiler.tiled import TILE
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

_TAPS = 3
_TOGETHER = 2 * TILE
"""Channels of a dense layer that are summed at once."""


def conv_2d_tiled_work(op: OpWork) -> tuple[int, ...]:
    """Whole tiles of four pixels, the last of which may overlap the one before.

    ``row`` counts stretches of inputs that are copied in fours (``quad``), those left over
    being ``element``, and ``tail`` windows beyond the image; ``tile`` groups of four channels
    of a tile, ``odd_mac`` those whose inputs are odd in number, ``step`` their inputs;
    ``output`` four outputs of a channel.
    """
    is_dense = op.kind is OpKind.FULLY_CONNECTED
    depth = op.weight_bytes // op.channels
    tiles = -(-(op.macs // max(op.weight_bytes, 1)) // TILE)
    pixels = TILE * tiles
    is_whole = op.dilation[1] == 1
    stretch = depth if is_dense else op.in_shape[2] * (op.kernel[1] if is_whole else 1)
    rows = pixels * (depth // stretch)
    groups = tiles * -(-op.channels // TILE)
    return (
        1,
        pixels,
        tiles * op.channels,
        rows,
        rows * (stretch % TILE),
        groups * (depth % 2),
        0,
        groups,
        rows * (stretch // TILE),
        0 if is_dense else _beyond(op),
        groups * depth,
    )


def dense_tiled_work(op: OpWork) -> tuple[int, ...]:
    """``tile`` counts sums of eight channels at once, ``step`` their inputs and ``odd_mac``
    those whose inputs are odd in number; ``tail`` the inputs of four channels that are left
    over; ``element`` the inputs, which are summed once."""
    depth = op.weight_bytes // op.channels
    fours = -(-op.channels // TILE)
    eights, left = divmod(fours, 2)
    odd = eights * (depth % 2)
    tiles = eights + left
    return (1, 0, op.channels, 0, depth, odd, 0, tiles, 0, left * depth, eights * depth)


def depthwise_slide_work(op: OpWork) -> tuple[int, ...]:
    """Rows of outputs of one channel: ``output`` counts them at stride 1, ``step`` at stride 2.

    ``quad`` counts channels, ``tile`` the stretches of rows whose windows leave the image in
    the same way; ``odd_mac`` rows that begin with a window that leaves the image, ``tail``
    those that end with one.
    """
    height, width, channels = op.out_shape
    stride = op.stride[0]
    last = (width - 1) * stride - op.before(1) + _TAPS
    rows = channels * height
    first, second = (rows * width, 0) if stride == 1 else (0, rows * width)
    begins = rows if op.before(1) else 0
    ends = rows if last > op.in_shape[1] else 0
    stretches = channels * _stretches(op)
    return (1, 0, first, rows, 0, begins, 0, stretches, channels, ends, second)


TILED_WORK: dict[str, Callable[[OpWork], tuple[int, ...]]] = {
    "conv_2d_tiled": conv_2d_tiled_work,
    "dense_tiled": dense_tiled_work,
    "depthwise_slide": depthwise_slide_work,
}


def _beyond(op: OpWork) -> int:
    """Windows that leave the image at any side."""
    inside = 1
    for axis in (0, 1):
        first, end = _inside(op, axis)
        inside *= max(end - first, 0)
    return op.out_shape[0] * op.out_shape[1] - inside


def _stretches(op: OpWork) -> int:
    """Rows that leave the image at the top or at the bottom, and one for all others."""
    first, end = _inside(op, 0)
    return op.out_shape[0] - max(end - first, 0) + (end > first)


def _inside(op: OpWork, axis: int) -> tuple[int, int]:
    """First and end of the windows along one axis that lie inside the image."""
    before, stride = op.before(axis), op.stride[axis]
    end = (op.in_shape[axis] - op.span(axis) + before) // stride + 1
    return -(-before // stride), min(end, op.out_shape[axis])
