"""Shapes as the loops of the kernels see them: few dimensions, neighbours merged."""

from __future__ import annotations

import math
from itertools import groupby, zip_longest

import numpy as np

from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import DType

BROADCAST_DIMENSIONS = 4


def broadcast_fields(view: OpView) -> dict[str, tuple[int, ...]]:
    """The fields of ``struct ae_broadcast`` for an operator of two inputs.

    Dimensions that both inputs run through alike are merged, so that the inner loop is
    as long as can be. Raises ModelFileError for shapes that do not go together.
    """
    a, b, out = view.input(0).shape, view.input(1).shape, view.output.shape
    columns = list(zip_longest(reversed(a), reversed(b), fillvalue=1))
    fits = all(na == nb or 1 in (na, nb) for na, nb in columns)
    grown = tuple(max(pair) for pair in reversed(columns))
    if not fits or grown != out:
        raise view.refusal(f"cannot combine shapes {a} and {b} to {out}")
    moving = [(na > 1, nb > 1, max(na, nb)) for na, nb in reversed(columns) if max(na, nb) > 1]
    merged = [
        (*moves, math.prod(size for *_, size in run))
        for moves, run in groupby(moving, key=lambda column: column[:2])
    ]
    if len(merged) > BROADCAST_DIMENSIONS:
        raise view.refusal(
            f"broadcasts over {len(merged)} dimensions; {BROADCAST_DIMENSIONS} are possible"
        )
    padded = [(False, False, 1)] * (BROADCAST_DIMENSIONS - len(merged)) + merged
    sizes = [size for *_, size in padded]
    return {
        "size": tuple(sizes),
        "stride_a": _strides([moves for moves, _, _ in padded], sizes),
        "stride_b": _strides([moves for _, moves, _ in padded], sizes),
    }


def reduction(view: OpView) -> tuple[int, int, int]:
    """(outer, reduced, inner) of a MEAN; raises ModelFileError where axes are not neighbours."""
    shape = view.input(0).shape
    axes = view.constant(1, DType.INT32).astype(np.int64).reshape(-1)
    if axes.size and not (-len(shape) <= axes.min() and axes.max() < len(shape)):
        raise view.refusal(f"has axes {axes.tolist()} on an input of shape {shape}")
    reduced_axes = {int(axis) % len(shape) for axis in axes}
    columns = [(axis in reduced_axes, size) for axis, size in enumerate(shape) if size > 1]
    runs = [
        (is_reduced, math.prod(size for _, size in run))
        for is_reduced, run in groupby(columns, key=lambda column: column[0])
    ]
    reduced = [size for is_reduced, size in runs if is_reduced]
    if len(reduced) > 1:
        raise view.refusal(f"averages over the separate axes {sorted(reduced_axes)}")
    kept = view.input(0).elements // math.prod(reduced)
    if kept != view.output.elements:
        raise view.refusal(f"makes {kept} elements while its output is {view.output.shape}")
    if not reduced:
        return 1, 1, kept
    if reduced[0] >= 2**22:
        raise view.refusal("averages over so many elements that a 32-bit sum could overflow")
    outer = runs[0][1] if not runs[0][0] else 1
    return outer, reduced[0], kept // outer


def _strides(moves: list[bool], sizes: list[int]) -> tuple[int, ...]:
    strides: list[int] = []
    stride = 1
    for moving, size in zip(reversed(moves), reversed(sizes), strict=True):
        strides.insert(0, stride if moving else 0)
        stride *= size if moving else 1
    return tuple(strides)
