"""How a convolution that adds its results to another tensor goes through them: in pieces."""

from __future__ import annotations

from collections.abc import Iterator

from automl_edge.domain.workload import OpWork, by_layer

LEAST_MACS = 32768
"""Multiplications of a piece: beside them, the two calls for it are one to two hundredths."""

_TILE = 4
"""Pixels that kernels take at once, and the fewest that some of them can compute."""


@by_layer
def pieces_of(work: OpWork) -> tuple[int, int] | None:
    """Rows and columns of a piece of the output of convolution ``work``; None where the
    smallest is the whole.

    A piece is a part of a row, of which the row has several, or a few rows, fewer being left
    at the end; always a multiple of _TILE pixels, but for the last.
    """
    height, width, _ = work.out_shape
    for rows, columns in _choices(height, width):
        if rows * columns * work.macs >= LEAST_MACS * height * width:
            return rows, columns
    return None


def piece_calls(work: OpWork) -> tuple[int, int]:
    """Calls of the convolution ``work``, one a piece, and of the addition, one a row of each."""
    height, width, _ = work.out_shape
    rows, columns = pieces_of(work) or (height, width)
    across = width // columns
    return -(-height // rows) * across, height * across


def _choices(height: int, width: int) -> Iterator[tuple[int, int]]:
    for columns in range(_TILE, width, _TILE):
        if width % columns == 0:
            yield 1, columns
    for rows in range(1, height):
        left = height % rows * width
        if rows * width % _TILE == 0 and (left == 0 or left >= _TILE):
            yield rows, width
