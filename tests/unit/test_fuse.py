"""Convolutions that add their results: which are made so, in what pieces, and what for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.catalog import load_target
from automl_edge.compiler.fuse import LEAST_SAVING, fuse_sums, halves
from automl_edge.compiler.overlap import Lead, lead_over
from automl_edge.compiler.pieces import LEAST_MACS, piece_calls, pieces_of
from automl_edge.compiler.plan import arena_size
from automl_edge.compiler.sizes import kernel_of, scratch_bytes
from automl_edge.cost import footprint, op_cycles
from automl_edge.describe import describe_architecture
from automl_edge.domain.architecture import Activation, Add, Architecture, Conv2D
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork, Workload

SETS = list(KernelSet)


def conv(height: int, width: int, deep: int, wide: int, kernel: int = 3) -> OpWork:
    weights = kernel * kernel * deep * wide
    return OpWork(
        OpKind.CONV_2D,
        (0,),
        1,
        (height, width, deep),
        (height, width, wide),
        (kernel, kernel),
        weight_bytes=weights,
        channels=wide,
        macs=height * width * weights,
    )


def bottleneck(side: int = 12, channels: int = 32) -> Workload:
    """Four times fewer channels inside a block: its last layer makes them four times more."""
    linear = Activation.NONE
    return describe_architecture(
        Architecture(
            (side, side, 8),
            (
                Conv2D(channels, (3, 3)),
                Conv2D(channels // 4, (1, 1)),
                Conv2D(channels, (3, 3), activation=linear),
                Add(0),
                Conv2D(8, (1, 1)),
            ),
        )
    )


def arena(workload: Workload, kernels: KernelSet) -> int:
    called = [kernel_of(op, kernels) for op in workload.ops]
    scratch = [scratch_bytes(op, name) for op, name in zip(workload.ops, called, strict=True)]
    return arena_size(workload, called, scratch, input_in_arena=True)


@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.booleans()
)
def test_pieces(height: int, width: int, deep: int, wide: int, pointwise: bool) -> None:
    op = conv(height, width, deep, wide, 1 if pointwise else 3)
    pieces = pieces_of(op)
    if pieces is None:
        return
    rows, columns = pieces
    assert (rows, columns) < (height, width)
    assert rows * columns % 4 == 0
    assert columns == width or (rows == 1 and width % columns == 0)
    assert height % rows * width not in (1, 2, 3)
    assert rows * columns * op.macs >= LEAST_MACS * height * width
    assert piece_calls(op) == (-(-height // rows) * (width // columns), height * width // columns)


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (conv(32, 32, 16, 16), (1, 16)),
        (conv(25, 5, 64, 64, 1), (4, 5)),
        (conv(10, 3, 64, 64), (4, 3)),
        (conv(9, 3, 64, 64), None),  # three pixels would be left, too few for some kernels
        (conv(9, 9, 4, 4, 1), None),  # hardly any work
        (conv(5, 3, 64, 64), None),
    ],
)
def test_the_smallest_piece_that_is_worth_it(op: OpWork, expected: tuple[int, int] | None) -> None:
    assert pieces_of(op) == expected


@pytest.mark.parametrize("kernels", SETS)
def test_a_sum_is_fused_where_the_arena_is_smaller_for_it(kernels: KernelSet) -> None:
    workload = bottleneck()
    fused = fuse_sums(workload, kernels, input_in_arena=True)
    assert [op.label for op in fused.ops] == ["CONV_2D", "CONV_2D", "CONV_2D + ADD", "CONV_2D"]
    assert fused.ops[2].inputs == (2, 1)
    assert fused.buffers[3] == 0
    assert arena(fused, kernels) + LEAST_SAVING <= arena(workload, kernels)
    assert fuse_sums(fused, kernels, input_in_arena=True) == fused
    assert (fused.macs, fused.parameters) == (workload.macs, workload.parameters)
    assert halves(fused.ops[2])[0] == replace(workload.ops[2], output=4)


def test_nothing_is_fused_where_it_saves_nothing() -> None:
    workload = bottleneck(side=4, channels=8)  # a piece would be as large as the whole
    assert fuse_sums(workload, KernelSet.PORTABLE, input_in_arena=True) is workload


def test_what_something_else_reads_or_that_grows_stays_whole() -> None:
    workload = bottleneck()
    *ops, last = workload.ops
    reads_it = (*ops, replace(last, kind=OpKind.CONCATENATION, inputs=(4, 3), channels=0))
    assert not _adds(replace(workload, ops=reads_it))
    twice = tuple(replace(op, inputs=(3, 3)) if op.kind is OpKind.ADD else op for op in ops)
    assert not _adds(replace(workload, ops=(*twice, last)))
    small = list(workload.buffers)
    small[1] = 32  # added to every pixel
    assert not _adds(replace(workload, buffers=tuple(small)))


def _adds(workload: Workload) -> bool:
    fused = fuse_sums(workload, KernelSet.PORTABLE, input_in_arena=True)
    return any(op.adds for op in fused.ops)


def test_leads_of_a_convolution_that_adds() -> None:
    """Over what it adds to in place; over its own input as far as the convolution may."""
    op = replace(conv(4, 4, 8, 8), inputs=(0, 1), output=2, adds=True)
    sizes = (128, 128, 128)
    assert lead_over(op, "conv_2d_add", 1, sizes) == Lead(0)
    alone = replace(op, inputs=(0,), adds=False)
    assert lead_over(op, "conv_2d_add", 0, sizes) == lead_over(alone, "conv_2d", 0, sizes)
    shrinks = replace(conv(4, 4, 64, 8, 1), inputs=(0, 0), output=1, adds=True)
    assert lead_over(replace(shrinks, inputs=(0, 1), output=2), "conv_2d_add", 0, sizes) == Lead(
        -56
    )
    assert lead_over(shrinks, "conv_2d_add", 0, sizes) == Lead(0)


def test_cost_rates_the_fused_network() -> None:
    """A hundredth more cycles at the most, as calibration has it, and the smaller arena."""
    target = load_target("cortex-m4")
    workload = bottleneck(side=16)
    fused = fuse_sums(workload, target.kernels, input_in_arena=True)
    assert fused != workload
    assert footprint(workload, None, target) == footprint(fused, None, target)
    before, after = sum(op_cycles(workload, target)), sum(op_cycles(fused, target))
    assert before < after < 1.01 * before
