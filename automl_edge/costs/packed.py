"""What the kernels of packed weights do, in the units that cost cycles (``OP_UNITS``)."""

from __future__ import annotations

from functools import lru_cache

from automl_edge.compiler.packed import TILE, by_columns
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

_BLOCK = 16
_PIXEL_BLOCK = 8


def packed_work(op: OpWork, scratch: int) -> tuple[int, ...]:
    """Tiles of pixels, and the pixels left over, which count as rows and odd MACs.

    ``scratch`` tells whether windows can be copied before they are widened.
    """
    depth = op.weight_bytes // op.channels
    steps = -(-depth // 4) * 2
    pairs = -(-op.channels // 2)
    pixels = op.macs // max(depth * op.channels, 1)
    if op.kind is OpKind.FULLY_CONNECTED and pixels == 1:
        tiles, copied = 0, 0
    else:
        tiles = pixels // TILE
        copied = _copied(op, pixels, scratch > TILE * 2 * 2 * steps)
    left = pixels - TILE * tiles
    twos = left * -(-pairs // 2)
    rows = copied * op.kernel[0]
    tail = tiles * pairs * (steps % _BLOCK // 2) + twos * (steps % _PIXEL_BLOCK // 2)
    quads = tiles * steps // 2 + left * steps // 4
    return (
        1,
        pixels,
        twos,
        rows,
        copied * depth,
        twos * steps,
        tiles,
        tiles * pairs,
        quads,
        tail,
        tiles * pairs * steps,
    )


def strip_work(op: OpWork) -> tuple[int, ...]:
    """Lines of outputs, a channel at a time, from strips of four channels.

    ``row`` counts lines that are read into strips and ``element`` their words; ``output``
    the lines of one channel; ``tile`` pairs of outputs at stride 1, ``step`` outputs at
    stride 2; ``quad`` groups of channels.
    """
    height, width, channels = op.out_shape
    columns = by_columns(op.in_shape[:2], (height, width), op.stride)
    lines, length = (width, height) if columns else (height, width)
    in_lines = op.in_shape[1] if columns else op.in_shape[0]
    words = length // 2 + 1 if op.stride[0] == 1 else length + 1
    groups = -(-channels // 4)
    single = op.stride[0] == 1
    return (
        1,
        0,
        channels * lines,
        groups * in_lines,
        groups * in_lines * words,
        0,
        0,
        channels * lines * -(-length // 2) if single else 0,
        groups,
        0,
        0 if single else channels * lines * length,
    )


def _copied(op: OpWork, pixels: int, copies: bool) -> int:
    """How many windows are copied: all whose rows are no whole words, and those of tiles of
    which a window leaves the image."""
    if not copies:
        return 0
    if op.kind is OpKind.FULLY_CONNECTED or op.kernel[1] * op.in_shape[2] % 4:
        return pixels
    return pixels - _in_place(op.in_shape[:2], op.out_shape[:2], op.kernel, op.stride)


@lru_cache(maxsize=4096)
def _in_place(
    in_size: tuple[int, int],
    out_size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
) -> int:
    """Pixels of tiles all of whose windows lie inside the image, padding being "same"."""
    first, end = zip(
        *(_inside(in_size[a], out_size[a], kernel[a], stride[a]) for a in (0, 1)), strict=True
    )
    count = 0
    for row in range(first[0], end[0]):
        start, stop = row * out_size[1] + first[1], row * out_size[1] + end[1]
        count += max(stop // TILE - -(-start // TILE), 0) * TILE
    return count


def _inside(size: int, out_size: int, kernel: int, stride: int) -> tuple[int, int]:
    """First and end of the outputs along one axis whose windows lie inside."""
    pad = max((out_size - 1) * stride + kernel - size, 0) // 2
    return -(-pad // stride), min((size - kernel + pad) // stride + 1, out_size)
