"""What the kernels of packed weights do, in the units that cost cycles (``OP_UNITS``)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from automl_edge.compiler.packed import TILE, by_columns
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

Pair = tuple[int, int]

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
    is_dense = op.kind is OpKind.FULLY_CONNECTED
    tiles = pixels // TILE
    copies = scratch > TILE * 2 * 2 * steps
    copied = _copies(op, depth, pixels) if copies else _Copies()
    left = pixels - TILE * tiles
    twos = left * -(-pairs // 2)
    in_place = 0 if is_dense else max(tiles - copied.windows // TILE, 0)
    return (
        1,
        pixels,
        twos,
        copied.rows,
        copied.moves,
        twos * steps,
        left,
        tiles * pairs,
        tiles * steps // 2 + left * steps // 4,
        tiles * pairs * (steps % _BLOCK // 2) + twos * (steps % _PIXEL_BLOCK // 2),
        tiles * pairs * steps,
        copied.edges,
        copied.filled,
        tiles + in_place * (op.kernel[0] - 1),
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


class _Copies(NamedTuple):
    """Windows that are copied, their rows, those of windows that leave the image, words and
    single bytes that are moved, bytes beside the image that are filled in."""

    windows: int = 0
    rows: int = 0
    edges: int = 0
    moves: int = 0
    filled: int = 0


def _copies(op: OpWork, depth: int, pixels: int) -> _Copies:
    """All windows are copied whose rows are no whole words, and those of tiles of which a
    window leaves the image."""
    if op.kind is OpKind.FULLY_CONNECTED:
        return _Copies(pixels, pixels, 0, pixels * _moves(depth))
    return _window_copies(op.in_shape, op.out_shape[:2], op.kernel, op.stride)


@lru_cache(maxsize=4096)
def _window_copies(
    in_shape: tuple[int, int, int], out_size: Pair, kernel: Pair, stride: Pair
) -> _Copies:
    """Of a convolution, padding being "same" or none."""
    pixels, channels = out_size[0] * out_size[1], in_shape[2]
    down = _taps(in_shape[0], out_size[0], kernel[0], stride[0])
    across = _taps(in_shape[1], out_size[1], kernel[1], stride[1])
    inside = sum(n == kernel[0] for n in down) * sum(n == kernel[1] for n in across)
    whole = kernel[1] * channels % 4 == 0
    read = _in_place(in_shape[:2], out_size, kernel, stride) if whole else 0
    moved = sum(down) * sum(_moves(taps * channels) for taps in across)
    return _Copies(
        windows=pixels - read,
        rows=(pixels - read) * kernel[0],
        edges=(pixels - inside) * kernel[0],
        moves=moved - read * kernel[0] * _moves(kernel[1] * channels),
        filled=(pixels * kernel[0] * kernel[1] - sum(down) * sum(across)) * channels,
    )


def _moves(count: int) -> int:
    """Loads that copy ``count`` bytes: whole words, then single bytes."""
    return count // 4 + count % 4


def _taps(size: int, count: int, kernel: int, stride: int) -> list[int]:
    """Taps inside an axis of ``size``, for each position of the window."""
    before = max((count - 1) * stride + kernel - size, 0) // 2
    starts = range(-before, count * stride - before, stride)
    return [max(min(start + kernel, size) - max(start, 0), 0) for start in starts]


@lru_cache(maxsize=4096)
def _in_place(in_size: Pair, out_size: Pair, kernel: Pair, stride: Pair) -> int:
    """Pixels of tiles all of whose windows lie inside the image."""
    first, end = zip(
        *(_inside(in_size[a], out_size[a], kernel[a], stride[a]) for a in (0, 1)), strict=True
    )
    count = 0
    for row in range(first[0], end[0]):
        start, stop = row * out_size[1] + first[1], row * out_size[1] + end[1]
        count += max(stop // TILE - -(-start // TILE), 0) * TILE
    return count


def _inside(size: int, out_size: int, kernel: int, stride: int) -> Pair:
    """First and end of the outputs along one axis whose windows lie inside."""
    pad = max((out_size - 1) * stride + kernel - size, 0) // 2
    return -(-pad // stride), min((size - kernel + pad) // stride + 1, out_size)
