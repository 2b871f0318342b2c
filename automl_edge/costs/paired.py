"""What the kernels of pairs of inputs do, in the units that cost cycles (``OP_UNITS``).

Fixes count as part of their channels, which are calibrated with as many as are usual
(``compiler.paired.usual_fixes``).
"""

from __future__ import annotations

from functools import lru_cache

from automl_edge.compiler.paired import CHUNK, QUAD, ROWS_CHUNK, TAPS, TILE, by_longer_lines
from automl_edge.costs.windows import taps_inside
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

Pair = tuple[int, int]


def paired_work(op: OpWork) -> tuple[int, ...]:
    """Tiles of four pixels.

    ``pixel`` counts tiles, ``row`` stretches of their windows that are put into pairs and
    ``element`` their inputs; ``quad`` rows that are copied before, ``tail`` the bytes of
    those inside the image and ``odd_mac`` those beside it; ``tile`` channels of tiles and
    ``step`` their words of weights.
    """
    depth = op.weight_bytes // op.channels
    tiles = -(-_pixels(op) // TILE)
    windows, inside = _copied(op)
    return (
        1,
        tiles,
        0,
        tiles * op.kernel[0],
        tiles * depth,
        windows * depth - inside,
        0,
        tiles * op.channels,
        windows * op.kernel[0],
        inside,
        tiles * op.channels * _fours(depth),
    )


def fours_work(op: OpWork) -> tuple[int, ...]:
    """Groups of four channels.

    ``element`` counts inputs that are widened and ``quad`` their chunks; ``row`` groups
    that are scaled together, ``tile`` chunks of groups and ``step`` their words of weights.
    """
    depth = op.weight_bytes // op.channels
    groups = _fours(op.channels)
    words = QUAD * _fours(depth)
    chunks = -(-words // CHUNK)
    together = groups if chunks == 1 else 1
    return (1, 0, op.channels, together, depth, 0, 0, chunks * groups, chunks, 0, groups * words)


def rows_work(op: OpWork) -> tuple[int, ...]:
    """Channels, one after the other.

    ``quad`` counts channels, ``tile`` their rows of outputs, by chunks; ``row`` rows that
    are read, ``element`` the bytes of those inside the image and ``tail`` those beside it.
    """
    op = by_longer_lines(op)
    height, width, channels = op.out_shape
    across = TAPS if op.kernel[0] == 1 else op.kernel[1]
    rows = (height - 1) * op.stride[0] + op.kernel[0]
    columns = (width - 1) * op.stride[1] + across
    inside = min(op.in_shape[0], rows - op.before(0)) * min(op.in_shape[1], columns - op.before(1))
    return (
        1,
        0,
        channels * height * width,
        channels * rows,
        channels * inside,
        0,
        0,
        channels * height * -(-width // ROWS_CHUNK),
        channels,
        channels * (rows * columns - inside),
        0,
    )


def _pixels(op: OpWork) -> int:
    return op.macs // op.weight_bytes


def _fours(count: int) -> int:
    return -(-count // QUAD)


def _copied(op: OpWork) -> Pair:
    """Windows that are copied before they are paired, and bytes of theirs inside the image."""
    if op.kind is OpKind.FULLY_CONNECTED:
        return 0, 0
    windows, taps = _windows(op.in_shape[:2], op.out_shape[:2], op.kernel, op.stride, op.dilation)
    return windows, taps * op.in_shape[2]


@lru_cache(maxsize=4096)
def _windows(in_size: Pair, out_size: Pair, kernel: Pair, stride: Pair, dilation: Pair) -> Pair:
    """Windows that leave the image or whose rows are no stretches, and their taps inside.

    What the last tile does once more counts again.
    """
    down, across = (
        taps_inside(in_size[a], out_size[a], kernel[a], stride[a], dilation[a]) for a in (0, 1)
    )
    is_scattered = kernel[1] > 1 and dilation[1] > 1
    whole = (kernel[0], -1 if is_scattered else kernel[1])
    pixels = out_size[0] * out_size[1]
    in_place = down.count(whole[0]) * across.count(whole[1])
    windows = pixels - in_place
    taps = sum(down) * sum(across) - in_place * kernel[0] * kernel[1]
    for number in range(pixels - TILE, pixels - pixels % TILE):
        row, column = divmod(number, out_size[1])
        if pixels % TILE and (down[row], across[column]) != whole:
            windows += 1
            taps += down[row] * across[column]
    return windows, taps
