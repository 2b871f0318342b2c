"""Layers for kernels of paired inputs: weights in quads, scratch, and the work that they make."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.compiler.paired import QUAD, TILE, fours_scratch, split_quads, suits
from automl_edge.costs.work import OP_UNITS, op_work
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

SIDES = st.integers(1, 7)


@given(st.integers(0, 2**32 - 1), st.integers(1, 19))
def test_quads_fit_a_lane_and_fixes_hold_what_they_lack(seed: int, depth: int) -> None:
    weights = np.random.default_rng(seed).integers(-128, 128, (3, depth), np.int8)
    quads, fixes = split_quads(weights)
    positive, negative = (np.clip(s * quads.astype(int), 0, None).sum(axis=2) for s in (1, -1))
    assert (127 * positive + 128 * negative + 2**15 < 2**16).all()
    assert (2**15 - 128 * positive - 127 * negative >= 0).all()
    found = quads.reshape(3, -1)[:, :depth].copy()
    for channel, own in enumerate(fixes):
        for i, weight in own:
            assert found[channel, i] == 0
            found[channel, i] = weight
    assert np.array_equal(found, weights)


def test_scratch_of_deep_layers_is_that_of_a_chunk() -> None:
    assert fours_scratch(62, 640) == 4 * (64 + 1 + 4)
    assert fours_scratch(4000, 6) == 4 * (128 + 1 + 8)


def test_depthwise_layers_that_the_kernels_take() -> None:
    def takes(size: tuple[int, int], kernel: tuple[int, int], dilation: int = 1) -> bool:
        shape = (*size, 4)
        op = OpWork(
            OpKind.DEPTHWISE_CONV_2D, (0,), 1, shape, shape, kernel, dilation=(dilation, dilation)
        )
        return suits(op, "depthwise_conv_2d")

    assert takes((8, 8), (3, 3))
    assert takes((50, 1), (9, 1))
    assert takes((8, 8), (1, 5))
    assert not takes((8, 8), (3, 3), dilation=2)
    assert not takes((50, 1), (11, 1))
    assert not takes((8, 8), (5, 1))


@given(SIDES, SIDES, st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_work_of_a_convolution(
    rows: int, columns: int, down: int, across: int, stride: int
) -> None:
    """Windows are copied where they leave the image; those of the last tile may be so again."""
    height, width, depth, channels = -(-rows // stride), -(-columns // stride), 3, 5
    taps = down * across
    pixels = [
        [
            (y, x)
            for y in _taps(rows, height, down, oy, stride)
            for x in _taps(columns, width, across, ox, stride)
        ]
        for oy in range(height)
        for ox in range(width)
    ]
    if len(pixels) < TILE:
        return
    op = OpWork(
        OpKind.CONV_2D,
        (0,),
        1,
        (rows, columns, depth),
        (height, width, channels),
        (down, across),
        (stride, stride),
        taps * depth * channels,
        channels,
        len(pixels) * taps * depth * channels,
    )
    again = pixels[-TILE : len(pixels) - len(pixels) % TILE] if len(pixels) % TILE else []
    left = [inside for inside in pixels + again if len(inside) < taps]
    inside = depth * sum(map(len, left))
    tiles = -(-len(pixels) // TILE)
    work = dict(zip(OP_UNITS, op_work(op, "conv_2d_paired", 0), strict=True))
    assert work["pixel"] == tiles
    assert work["quad"] == len(left) * down
    assert work["tail"] == inside
    assert work["odd_mac"] == len(left) * taps * depth - inside
    assert work["step"] == tiles * channels * -(-taps * depth // QUAD)


def _taps(size: int, count: int, kernel: int, position: int, stride: int) -> list[int]:
    """Places inside an axis of ``size`` under the window at ``position``, padding being "same"."""
    start = position * stride - max((count - 1) * stride + kernel - size, 0) // 2
    return [place for place in range(start, start + kernel) if 0 <= place < size]
