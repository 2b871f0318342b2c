"""What the kernels of packed weights do, in the units that cost cycles (``OP_UNITS``)."""

from __future__ import annotations

from functools import lru_cache

from automl_edge.compiler.packed import TILE, by_columns
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

_BLOCK = 16


def packed_work(op: OpWork, scratch: int) -> tuple[int, ...]:
    """Tiles of pixels, and the pixels left over, which count as odd MACs.

    ``scratch`` tells whether windows can be copied before they are widened. ``row`` counts
    rows of windows that are looked at one by one, as some of their tile leave the image;
    ``output`` those copied then, of a dense layer fours of channels; ``pixel`` rows copied in
    tiles that lie inside; ``element`` bytes copied.
    """
    depth = op.weight_bytes // op.channels
    steps = -(-depth // 4) * 2
    pairs = -(-op.channels // 2)
    pixels = op.macs // max(depth * op.channels, 1)
    is_dense = op.kind is OpKind.FULLY_CONNECTED
    tiles = 0 if is_dense and pixels == 1 else pixels // TILE
    left = pixels - TILE * tiles
    twos = left * -(-pairs // 2)
    gathered = _gathered(op) if scratch > TILE * 4 * steps and not is_dense else (0, 0, 0, 0)
    inside, looked_at, copied, copied_bytes = gathered
    parts = (steps % _BLOCK).bit_count()
    return (
        1,
        inside,
        copied if tiles else twos,
        looked_at,
        copied_bytes,
        twos * steps,
        tiles,
        tiles * pairs,
        tiles * steps // 2 + left * steps // 4,
        tiles * pairs * parts + twos * (steps % _BLOCK // 4 + steps // 2 % 2),
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


def _gathered(op: OpWork) -> tuple[int, int, int, int]:
    """Rows copied of windows in tiles inside the image; rows of windows in other tiles that
    are looked at, and that are copied; bytes copied in all."""
    in_size, out_size = op.in_shape[:2], op.out_shape[:2]
    if op.kernel == op.stride == (1, 1):
        in_size = out_size = (1, out_size[0] * out_size[1])  # see one_row
    window = (in_size, out_size, op.kernel, op.stride)
    row_bytes = op.kernel[1] * op.in_shape[2]
    rows = out_size[0] * out_size[1] * op.kernel[0]
    inside = _in_tiles_inside(*window) * op.kernel[0]
    if row_bytes % 4:
        return inside, 0, rows - inside, rows * row_bytes
    leaving = _rows_leaving(*window)
    return 0, rows - inside, leaving, leaving * row_bytes


@lru_cache(maxsize=4096)
def _rows_leaving(
    in_size: tuple[int, int],
    out_size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
) -> int:
    """Rows of windows that are not whole inside the image, padding being "same"."""
    first, end = _inside(in_size[1], out_size[1], kernel[1], stride[1])
    pad = max((out_size[0] - 1) * stride[0] + kernel[0] - in_size[0], 0) // 2
    tops = range(-pad, out_size[0] * stride[0] - pad, stride[0])
    within = sum(max(min(top + kernel[0], in_size[0]) - max(top, 0), 0) for top in tops)
    return out_size[0] * out_size[1] * kernel[0] - max(end - first, 0) * within


@lru_cache(maxsize=4096)
def _in_tiles_inside(
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
