"""What the kernels of packed weights do, in the units that cost cycles (``OP_UNITS``)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from automl_edge.compiler.packed import TILE, by_columns
from automl_edge.costs.windows import taps_inside
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

Pair = tuple[int, int]

_BLOCK = 16


def packed_work(op: OpWork, scratch: int) -> tuple[int, ...]:
    """Tiles of pixels, and the pixels left over, which count as odd MACs.

    ``scratch`` tells whether windows can be copied before they are widened. ``pixel`` counts
    windows that are copied in tiles inside the image, ``row`` rows of windows in other tiles,
    ``edge`` those of them that are copied, ``element`` words and bytes that are moved.
    """
    depth = op.weight_bytes // op.channels
    steps = -(-depth // 4) * 2
    pairs = -(-op.channels // 2)
    pixels = op.macs // max(depth * op.channels, 1)
    is_dense = op.kind is OpKind.FULLY_CONNECTED
    tiles = pixels // TILE
    copies = scratch > TILE * 4 * steps and not is_dense
    copied = _copies(op) if copies else _Copies()
    left = pixels - TILE * tiles
    twos = left * -(-pairs // 2)
    whole_rows = is_dense or op.kernel[1] * op.in_shape[2] % 4 == 0
    return (
        1,
        copied.inside,
        twos,
        copied.rows,
        copied.moves,
        twos * steps,
        left,
        tiles * pairs,
        tiles * steps // 2 + left * steps // 4,
        tiles * pairs * (steps % _BLOCK).bit_count()
        + twos * (steps % _BLOCK // 4 + steps // 2 % 2),
        tiles * pairs * steps,
        copied.edges,
        copied.filled,
        tiles * (op.kernel[0] if whole_rows else 1),
        tiles,
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
    """Windows copied in tiles inside the image; rows of windows in other tiles, and those of
    them that are copied; words and single bytes that are moved; bytes that are filled in."""

    inside: int = 0
    rows: int = 0
    edges: int = 0
    moves: int = 0
    filled: int = 0


def _copies(op: OpWork) -> _Copies:
    out_size = op.out_shape[:2]
    if op.kernel == op.stride == (1, 1):  # see one_row
        pixels = out_size[0] * out_size[1]
        return _window_copies((1, pixels, op.in_shape[2]), (1, pixels), op.kernel, op.stride)
    return _window_copies(op.in_shape, out_size, op.kernel, op.stride)


@lru_cache(maxsize=4096)
def _window_copies(
    in_shape: tuple[int, int, int], out_size: Pair, kernel: Pair, stride: Pair
) -> _Copies:
    """Of a convolution, padding being "same" or none. Windows whose rows are whole words are
    read in place, but for rows that leave the image; others are copied."""
    pixels, channels = out_size[0] * out_size[1], in_shape[2]
    down = taps_inside(in_shape[0], out_size[0], kernel[0], stride[0])
    across = taps_inside(in_shape[1], out_size[1], kernel[1], stride[1])
    inside = _in_tiles_inside(in_shape[:2], out_size, kernel, stride)
    rows = (pixels - inside) * kernel[0]
    filled = (pixels * kernel[0] * kernel[1] - sum(down) * sum(across)) * channels
    if kernel[1] * channels % 4:
        moves = sum(down) * sum(_moves(taps * channels) for taps in across)
        return _Copies(inside, rows, rows, moves, filled)
    leaving = [taps for taps in across if taps < kernel[1]]
    moves = sum(down) * sum(_moves(taps * channels) for taps in leaving)
    within = sum(down) * (len(across) - len(leaving))
    return _Copies(0, rows, pixels * kernel[0] - within, moves, filled)


def _moves(count: int) -> int:
    """Loads that copy ``count`` bytes: whole words, then single bytes."""
    return count // 4 + count % 4


@lru_cache(maxsize=4096)
def _in_tiles_inside(in_size: Pair, out_size: Pair, kernel: Pair, stride: Pair) -> int:
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
