"""Leads, against models of what every kernel reads and writes, byte by byte.

A model lists reads and writes as the C makes them; nothing is shared with the arithmetic
that finds the leads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from automl_edge.compiler.overlap import WALKS, Lead, Walk, lead_of
from automl_edge.compiler.packed import by_columns
from automl_edge.compiler.paired import by_longer_lines
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

Step = tuple[list[int], list[int]]
"""Bytes of input that are read, then bytes of output that are written."""

Steps = Iterator[Step]
KINDS = {
    "conv_2d": OpKind.CONV_2D,
    "depthwise_conv_2d": OpKind.DEPTHWISE_CONV_2D,
    "depthwise_3x3": OpKind.DEPTHWISE_CONV_2D,
    "depthwise_rows": OpKind.DEPTHWISE_CONV_2D,
    "depthwise_slide": OpKind.DEPTHWISE_CONV_2D,
    "max_pool_2d": OpKind.MAX_POOL_2D,
}


def damage(steps: Steps, gap: int) -> tuple[int, int] | None:
    """(read byte, step) of the first read after the byte was overwritten; None if there is none.

    The input starts ``gap`` bytes above the output.
    """
    written: set[int] = set()
    for number, (reads, writes) in enumerate(steps):
        for byte in reads:
            if byte + gap in written:
                return byte, number
        written.update(writes)
    return None


def bytes_of(shape: tuple[int, int, int]) -> int:
    return shape[0] * shape[1] * shape[2]


def taps(op: OpWork, axis: int, position: int) -> list[int]:
    """Rows or columns of the image under the window at ``position``."""
    size, kernel, stride, dilation = (
        op.in_shape[axis],
        op.kernel[axis],
        op.stride[axis],
        op.dilation[axis],
    )
    reach = (kernel - 1) * dilation + 1
    before = max((op.out_shape[axis] - 1) * stride + reach - size, 0) // 2
    start = position * stride - before
    return [start + k * dilation for k in range(kernel) if 0 <= start + k * dilation < size]


def windows(op: OpWork) -> Iterator[tuple[int, list[int]]]:
    """Each output pixel with the input pixels under its window."""
    for oy, ox in product(range(op.out_shape[0]), range(op.out_shape[1])):
        under = [y * op.in_shape[1] + x for y in taps(op, 0, oy) for x in taps(op, 1, ox)]
        yield oy * op.out_shape[1] + ox, under


def convolution(op: OpWork, tile: int = 1, whole: bool = False) -> Steps:
    """Tiles of pixels, each copied before any of it is written.

    Only ``whole`` ones if so: the last one then takes some pixels of the one before again.
    """
    depth, channels = op.in_shape[2], op.out_shape[2]
    pixels = list(windows(op))
    starts = list(range(0, len(pixels), tile))
    if whole:
        starts[-1] = len(pixels) - tile
    for first in starts:
        part = pixels[first : first + tile]
        reads = [p * depth + c for _, under in part for p in under for c in range(depth)]
        yield reads, [n * channels + c for n, _ in part for c in range(channels)]


def pool(op: OpWork) -> Steps:
    channels = op.out_shape[2]
    for pixel, under in windows(op):
        for c in range(channels):
            yield [p * channels + c for p in under], [pixel * channels + c]


def depthwise(op: OpWork) -> Steps:
    """Four channels at a time; rows are copied when the first window down to them is due."""
    (height, width, channels), (rows, columns, _) = op.in_shape, op.out_shape
    for group in range(0, channels, 4):
        together = range(group, min(group + 4, channels))
        copied = 0
        for oy in range(rows):
            last = max(taps(op, 0, oy), default=-1)
            reach = (op.kernel[0] - 1) * op.dilation[0]
            before = max((rows - 1) * op.stride[0] + reach + 1 - height, 0) // 2
            end = min(max(last + 1, oy * op.stride[0] - before + reach + 1), height)
            fresh = range(copied * width, max(end, copied) * width)
            copied = max(end, copied)
            written = range(oy * columns, (oy + 1) * columns)
            yield (
                [p * channels + c for p in fresh for c in together],
                [p * channels + c for p in written for c in together],
            )


def depthwise_slide(op: OpWork) -> Steps:
    """One channel at a time, each window read when its pixel is due."""
    channels = op.out_shape[2]
    for c in range(channels):
        for pixel, under in windows(op):
            yield [p * channels + c for p in under], [pixel * channels + c]


def depthwise_by_columns(op: OpWork) -> Steps:
    """As depthwise, through the columns of an image of one size, stride 1 and 3 x 3 taps."""
    height, width, channels = op.in_shape
    for group in range(0, channels, 4):
        together = range(group, min(group + 4, channels))
        for x in range(width):
            fresh = [0, 1] if x == 0 else [x + 1]
            read = [y * width + f for f in fresh if f < width for y in range(height)]
            written = [y * width + x for y in range(height)]
            yield (
                [p * channels + c for p in read for c in together],
                [p * channels + c for p in written for c in together],
            )


def depthwise_rows(op: OpWork) -> Steps:
    """One channel at a time, by rows or by columns, of which each is copied once."""
    turned = by_longer_lines(op)
    (height, width, channels), (rows, columns, _) = turned.in_shape, turned.out_shape
    for c in range(channels):
        copied = 0
        for row in range(rows):
            end = min(row * turned.stride[0] - turned.before(0) + turned.kernel[0], height)
            fresh = product(range(copied, end), range(width))
            copied = max(end, copied)
            written = product((row,), range(columns))
            if turned is op:
                reads = [y * width + x for y, x in fresh]
                writes = [y * columns + x for y, x in written]
            else:
                reads = [x * height + y for y, x in fresh]
                writes = [x * rows + y for y, x in written]
            yield [n * channels + c for n in reads], [n * channels + c for n in writes]


@st.composite
def layers(draw: st.DrawFn, kernel: str) -> OpWork:
    """A random layer with windows that ``kernel`` can run, padded or not."""
    size = (draw(st.integers(1, 7)), draw(st.integers(1, 7)))
    taps_of = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    stride = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    dilation = (1, 1)
    if kernel in ("depthwise_3x3", "depthwise_slide"):
        taps_of, stride = (3, 3), draw(st.sampled_from(((1, 1), (2, 2))))
    elif kernel == "depthwise_rows":
        taps_of = draw(st.sampled_from(((3, 3), (1, taps_of[1]), (taps_of[0], 1))))
        size = (size[0], 1) if taps_of[1] == 1 else size
    elif stride == (1, 1) and kernel != "max_pool_2d":
        dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    spans = [(taps_of[i] - 1) * dilation[i] + 1 for i in (0, 1)]
    if draw(st.booleans()):
        out = [-(-size[i] // stride[i]) for i in (0, 1)]
    else:
        assume(all(spans[i] <= size[i] for i in (0, 1)))
        out = [(size[i] - spans[i]) // stride[i] + 1 for i in (0, 1)]
    depth = draw(st.integers(1, 9))
    channels = draw(st.integers(1, 9)) if kernel == "conv_2d" else depth
    return OpWork(
        KINDS[kernel],
        (0,),
        1,
        (*size, depth),
        (out[0], out[1], channels),
        taps_of,
        stride,
        dilation=dilation,
    )


def lead(op: OpWork, kernel: str) -> Lead:
    found = lead_of(op, kernel, bytes_of(op.in_shape), bytes_of(op.out_shape))
    assert found is not None
    return found


def check(op: OpWork, kernel: str, model: Callable[[OpWork], Steps]) -> None:
    """No damage at any gap that is allowed, from the least to where the two lie apart."""
    allowed = lead(op, kernel)
    step = allowed.modulus
    least = -(-max(allowed.least, -bytes_of(op.in_shape)) // step) * step
    for gap in range(least, bytes_of(op.out_shape) + 1, step):
        assert damage(model(op), gap) is None, (op, gap)


@given(layers("conv_2d"), st.integers(1, 4))
def test_convolution(op: OpWork, tile: int) -> None:
    check(op, "conv_2d", lambda op: convolution(op, tile))


@given(layers("conv_2d"))
def test_convolution_by_whole_tiles(op: OpWork) -> None:
    assume(op.out_shape[0] * op.out_shape[1] >= 4)
    check(op, "conv_2d_tiled", lambda op: convolution(op, 4, whole=True))


def test_a_tile_of_pixels_that_were_written_needs_a_lead() -> None:
    op = OpWork(OpKind.CONV_2D, (0,), 1, (1, 5, 8), (1, 5, 8))
    assert lead(op, "conv_2d") == Lead(0)
    assert lead(op, "conv_2d_tiled") == Lead(3 * 8)
    assert damage(convolution(op, 4, whole=True), 3 * 8 - 1) is not None


@given(layers("conv_2d"))
def test_a_convolution_could_not_reach_further(op: OpWork) -> None:
    """With taps that are neighbours; with others the first of a window may be left of it."""
    pixels = op.out_shape[0] * op.out_shape[1]
    assume(op.dilation == (1, 1) and pixels > 1)
    assert damage(convolution(op), lead(op, "conv_2d").least - 1) is not None


@given(layers("max_pool_2d"))
def test_pool(op: OpWork) -> None:
    check(op, "max_pool_2d", pool)


@given(layers("depthwise_conv_2d"))
def test_depthwise(op: OpWork) -> None:
    check(op, "depthwise_conv_2d", depthwise)


@given(layers("depthwise_conv_2d"))
def test_a_depthwise_layer_could_not_reach_further(op: OpWork) -> None:
    allowed = lead(op, "depthwise_conv_2d")
    assume(allowed.least > -bytes_of(op.in_shape))
    assert damage(depthwise(op), allowed.least - allowed.modulus) is not None


@given(layers("depthwise_3x3"))
def test_depthwise_3x3(op: OpWork) -> None:
    columns = by_columns(op.in_shape[:2], op.out_shape[:2], op.stride)
    check(op, "depthwise_3x3", depthwise_by_columns if columns else depthwise)


@given(layers("depthwise_rows"))
def test_depthwise_rows(op: OpWork) -> None:
    check(op, "depthwise_rows", depthwise_rows)


@given(layers("depthwise_slide"))
def test_depthwise_slide(op: OpWork) -> None:
    check(op, "depthwise_slide", depthwise_slide)


def test_channels_that_are_not_congruent_would_be_damaged() -> None:
    op = OpWork(OpKind.DEPTHWISE_CONV_2D, (0,), 1, (4, 4, 8), (4, 4, 8), (3, 3))
    assert lead(op, "depthwise_conv_2d").modulus == 8
    assert damage(depthwise(op), 4) is not None


def test_a_multiplier_shares_nothing() -> None:
    op = OpWork(OpKind.DEPTHWISE_CONV_2D, (0,), 1, (4, 4, 2), (4, 4, 4), (3, 3))
    assert lead_of(op, "depthwise_conv_2d", 32, 64) is None


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_dense_rows(rows: int, depth: int, channels: int) -> None:
    """A dense layer on several rows is a convolution of one by one over one line."""
    macs = rows * depth * channels
    op = OpWork(
        OpKind.FULLY_CONNECTED,
        (0,),
        1,
        (1, rows, depth),
        (1, rows, channels),
        weight_bytes=depth * channels,
        channels=channels,
        macs=macs,
    )
    check(op, "conv_2d", convolution)
    if rows >= 4:
        check(op, "conv_2d_paired", lambda op: convolution(op, 4, whole=True))


@given(st.tuples(*[st.integers(1, 4)] * 3), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_pad(size: tuple[int, int, int], added: list[int]) -> None:
    before, after = added[:3], added[3:]
    grown = [b + s + a for b, s, a in zip(before, size, after, strict=True)]
    op = OpWork(OpKind.PAD, (0,), 1, size, (grown[0], grown[1], grown[2]))

    def model(_: OpWork) -> Steps:
        byte = 0
        for place in product(*map(range, grown)):
            inside = all(b <= at < b + s for at, b, s in zip(place, before, size, strict=True))
            number = (place[0] * grown[1] + place[1]) * grown[2] + place[2]
            yield ([byte] if inside else []), [number]
            byte += inside

    check(op, "pad", model)


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4))
def test_mean(outer: int, reduced: int, inner: int) -> None:
    op = OpWork(OpKind.MEAN, (0,), 1, (outer, reduced, inner), (outer, 1, inner))

    def model(_: OpWork) -> Steps:
        for block, i in product(range(outer), range(inner)):
            reads = [(block * reduced + k) * inner + i for k in range(reduced)]
            yield reads, [block * inner + i]

    check(op, "mean", model)


@pytest.mark.parametrize("kernel", ["add", "mul", "lookup", "softmax"])
def test_elementwise(kernel: str) -> None:
    op = OpWork(OpKind.ADD, (0,), 1, (2, 2, 3), (2, 2, 3))
    check(op, kernel, lambda _: (([n], [n]) for n in range(12)))


def test_a_broadcast_input_is_not_shared() -> None:
    op = OpWork(OpKind.MUL, (0, 1), 2, (2, 2, 3), (2, 2, 3))
    assert lead_of(op, "mul", 12, 12) == Lead(0)
    assert lead_of(op, "mul", 3, 12) is None


def test_what_reads_its_input_again_shares_nothing() -> None:
    op = OpWork(OpKind.FULLY_CONNECTED, (0,), 1, (1, 1, 8), (1, 1, 8), weight_bytes=64, channels=8)
    assert lead_of(op, "dense", 8, 8) is None
    assert lead_of(op, "concatenation", 8, 8) is None


def test_every_walk_is_some_kernels() -> None:
    assert set(WALKS.values()) == set(Walk)
