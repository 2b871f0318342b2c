"""What the kernels of tiles in registers do, in the units that cost cycles (``OP_UNITS``)."""

from __future__ import annotations

from collections.abc import Callable

from automl_edge.compiler.tiled import TILE
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork


def conv_2d_tiled_work(op: OpWork) -> tuple[int, ...]:
    """Whole tiles of four pixels, the last of which may overlap the one before.

    ``row`` counts stretches of inputs that are copied in fours (``quad``), those left over
    being ``element``; ``output`` four outputs of a channel; ``step`` the inputs of four channels
    of a tile.
    """
    is_dense = op.kind is OpKind.FULLY_CONNECTED
    depth = op.weight_bytes // op.channels
    tiles = -(-(op.macs // max(op.weight_bytes, 1)) // TILE)
    pixels = TILE * tiles
    is_whole = op.dilation[1] == 1
    stretch = depth if is_dense else op.in_shape[2] * (op.kernel[1] if is_whole else 1)
    rows = pixels * (depth // stretch)
    steps = tiles * -(-op.channels // TILE) * depth
    quads, left = divmod(stretch, TILE)
    outputs = tiles * op.channels
    return (1, pixels, outputs, rows, rows * left, 0, 0, 0, rows * quads, 0, steps)


def dense_tiled_work(op: OpWork) -> tuple[int, ...]:
    """``tile`` counts sums of eight channels at once and ``step`` their inputs, ``tail`` those
    of four channels that are left over; ``element`` the inputs, which are summed once."""
    depth = op.weight_bytes // op.channels
    fours = -(-op.channels // TILE)
    eights, left = divmod(fours, 2)
    return (1, 0, op.channels, 0, depth, 0, 0, eights + left, 0, left * depth, eights * depth)


def depthwise_slide_work(op: OpWork) -> tuple[int, ...]:
    """Rows of outputs of one channel: ``output`` counts them at stride 1, ``step`` at stride 2.

    ``quad`` counts channels, ``tile`` the stretches of their rows that are made in one go.
    """
    height, width, channels = op.out_shape
    rows = channels * height
    first, second = (rows * width, 0) if op.stride == (1, 1) else (0, rows * width)
    stretches = channels * _stretches(op)
    return (1, 0, first, rows, 0, 0, 0, stretches, channels, 0, second)


TILED_WORK: dict[str, Callable[[OpWork], tuple[int, ...]]] = {
    "conv_2d_tiled": conv_2d_tiled_work,
    "dense_tiled": dense_tiled_work,
    "depthwise_slide": depthwise_slide_work,
}


def _stretches(op: OpWork) -> int:
    """Rows that leave the image at the top or at the bottom, and one for all others."""
    before, stride = op.before(0), op.stride[0]
    first = -(-before // stride)
    end = min((op.in_shape[0] - op.span(0) + before) // stride + 1, op.out_shape[0])
    return op.out_shape[0] - max(end - first, 0) + (end > first)
