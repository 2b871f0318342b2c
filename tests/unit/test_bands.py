"""Layers computed a few rows at a time: a model keeps track of which row lies where.

The model knows windows and rows as a layer defines them; nothing is shared with the
arithmetic of the schedule.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.catalog import load_target
from automl_edge.compiler import banding
from automl_edge.compiler.banding import MORE_WORK, added_work, in_bands
from automl_edge.compiler.bands import Move, Slice, lead_into, schedule
from automl_edge.compiler.demands import demands
from automl_edge.compiler.plan import arena_size
from automl_edge.cost import footprint, op_cycles
from automl_edge.describe import describe_architecture
from automl_edge.domain.architecture import (
    Activation,
    Add,
    Architecture,
    Conv2D,
    DepthwiseConv2D,
    MaxPool2D,
)
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork, Workload

SETS = list(KernelSet)
WIDTH, CHANNELS = 3, 2


@st.composite
def chains(draw: st.DrawFn) -> OpWork:
    """Two to five layers, one after the other, with sums of any two of a height."""
    heights = [draw(st.integers(2, 14))]
    parts: list[OpWork] = []
    count = draw(st.integers(2, 5))
    while len(parts) < count:
        last = len(heights) - 1
        same = [n for n in range(last) if heights[n] == heights[last]]
        if same and draw(st.booleans()):
            other = draw(st.sampled_from(same))
            parts.append(_part(OpKind.ADD, (other, last), heights[last], heights[last], 1, (1, 1)))
        else:
            taps, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3))
            dilation = draw(st.integers(1, 2))
            reach = (taps - 1) * dilation + 1
            out = -(-heights[last] // stride)
            if reach <= heights[last] and draw(st.booleans()):
                out = (heights[last] - reach) // stride + 1
            part = _part(OpKind.CONV_2D, (last,), heights[last], out, taps, (stride, dilation))
            parts.append(part)
        heights.append(parts[-1].out_shape[0])
    return chain_of(tuple(parts), draw(st.integers(1, heights[-1])))


def _part(
    kind: OpKind,
    inputs: tuple[int, ...],
    height: int,
    out: int,
    taps: int,
    stride_and_dilation: tuple[int, int],
) -> OpWork:
    stride, dilation = stride_and_dilation
    return OpWork(
        kind,
        inputs,
        max(inputs) + 1,
        (height, WIDTH, CHANNELS),
        (out, WIDTH, CHANNELS),
        (taps, 1),
        (stride, 1),
        dilation=(dilation, 1),
        macs=out * 10,
    )


def chain_of(parts: tuple[OpWork, ...], rows: int) -> OpWork:
    return replace(parts[-1], inputs=(0,), in_shape=parts[0].in_shape, parts=parts, rows=rows)


def rows_under(part: OpWork, row: int) -> list[int | None]:
    """The input rows that output ``row`` is made of, None for those beyond the image."""
    if part.kind is OpKind.ADD:
        return [row]
    height, stride, dilation = part.in_shape[0], part.stride[0], part.dilation[0]
    reach = (part.kernel[0] - 1) * dilation + 1
    before = max((part.out_shape[0] - 1) * stride + reach - height, 0) // 2
    under = [row * stride - before + k * dilation for k in range(part.kernel[0])]
    return [n if 0 <= n < height else None for n in under]


def rows_read(part: OpWork, step: Slice, row: int, held: list[int], start: int) -> list[int | None]:
    """The same as the kernel sees it: row ``row`` of ``step`` in a buffer with rows ``held``."""
    image = held[start : start + step.in_rows]
    if part.kind is OpKind.ADD:
        return [image[row]]
    first = row * part.stride[0] - step.pad_top
    under = [first + k * part.dilation[0] for k in range(part.kernel[0])]
    return [image[n] if 0 <= n < step.in_rows else None for n in under]


@given(chains())
def test_every_row_is_made_once_of_the_rows_that_it_needs(chain: OpWork) -> None:
    plan = schedule(chain)
    memory = {number: [-1] * height for number, height in plan.heights.items()}
    memory[0] = list(range(chain.in_shape[0]))
    memory[chain.output] = [-1] * chain.out_shape[0]
    done = dict.fromkeys(memory, 0)
    for step in plan.steps:
        part = chain.parts[step.part]
        if isinstance(step, Move):
            held = memory[part.output]
            held[: step.rows] = held[step.start : step.start + step.rows]
            continue
        assert len(step.inputs) == len(part.inputs)
        for row in range(step.rows):
            whole = done[part.output] + row
            for number, start in zip(part.inputs, step.inputs, strict=True):
                assert start + step.in_rows <= len(memory[number])
                read = rows_read(part, step, row, memory[number], start)
                assert read == rows_under(part, whole)
        for row in range(step.rows):
            memory[part.output][step.output + row] = done[part.output] + row
        done[part.output] += step.rows
    assert memory[chain.output] == list(range(chain.out_shape[0]))


@given(chains())
def test_the_output_may_eat_into_the_input_as_far_as_told(chain: OpWork) -> None:
    row = WIDTH * CHANNELS
    gap = lead_into(chain, 0, chain.in_shape[0] * row)
    written: set[int] = set()
    for step in schedule(chain).steps:
        part = chain.parts[step.part]
        if isinstance(step, Move):
            continue
        for number, start in zip(part.inputs, step.inputs, strict=True):
            if number == 0:
                reads = range(start * row + gap, (start + step.in_rows) * row + gap)
                assert not written.intersection(reads)
                if step.part == len(chain.parts) - 1:  # it may write before it has read
                    end = (step.output + step.rows) * row
                    assert end <= start * row + gap
        if step.part == len(chain.parts) - 1:
            written.update(range(step.output * row, (step.output + step.rows) * row))


def test_slices_in_the_middle_are_alike() -> None:
    """So that their calls share one argument struct."""
    parts = (
        _part(OpKind.CONV_2D, (0,), 32, 32, 3, (1, 1)),
        _part(OpKind.CONV_2D, (1,), 32, 32, 3, (1, 1)),
    )
    steps = schedule(chain_of(parts, 4)).steps
    slices = [step for step in steps if isinstance(step, Slice)]
    for number in (0, 1):
        of_part = [(s.in_rows, s.pad_top, s.rows) for s in slices if s.part == number]
        assert len(of_part) == 8
        assert len(set(of_part)) == 3  # the first, the last, and those between
    assert slices[0].pad_top == 1
    assert schedule(chain_of(parts, 4)).heights == {1: 6}


def network(side: int = 32) -> Workload:
    """A residual block on large images, then smaller ones."""
    return describe_architecture(
        Architecture(
            (side, side, 3),
            (
                Conv2D(16, (3, 3)),
                DepthwiseConv2D((3, 3)),
                Conv2D(16, (1, 1), activation=Activation.NONE),
                Add(0),
                Conv2D(32, (3, 3), (2, 2)),
                MaxPool2D((2, 2), (2, 2)),
                Conv2D(32, (3, 3)),
            ),
        )
    )


def arena(workload: Workload, kernels: KernelSet) -> int:
    return arena_size(workload, *demands(workload, kernels), input_in_arena=True)


@pytest.mark.parametrize("kernels", SETS)
def test_the_arena_is_much_smaller(kernels: KernelSet) -> None:
    workload = network()
    banded = in_bands(workload, kernels, input_in_arena=True)
    assert arena(banded, kernels) < 0.6 * arena(workload, kernels)
    assert (banded.macs, banded.parameters) == (workload.macs, workload.parameters)
    assert in_bands(banded, kernels, input_in_arena=True) == banded
    chains = [op for op in banded.ops if op.parts]
    assert 0 < sum(added_work(chain) for chain in chains) <= MORE_WORK * workload.macs


def test_no_more_work_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = network()
    monkeypatch.setattr(banding, "MORE_WORK", 0.001)
    assert in_bands(workload, KernelSet.DSP, input_in_arena=True) == workload


def test_what_is_read_elsewhere_stays_whole() -> None:
    workload = network()
    last = workload.ops[-1]
    head = OpWork(OpKind.CONCATENATION, (4, last.output), 8, last.in_shape, (1, 1, 5))
    shown = Workload((*workload.ops, head), (*workload.buffers, 5), 0, 8)
    banded = in_bands(shown, KernelSet.DSP, input_in_arena=True)
    assert banded.buffers[4] == workload.buffers[4]
    assert any(op.parts for op in banded.ops)


def test_rows_that_are_too_long_to_be_moved_stay() -> None:
    wide = describe_architecture(
        Architecture((8, 3000, 1), (Conv2D(12, (3, 3)), Conv2D(1, (3, 3)), Conv2D(1, (3, 3))))
    )
    banded = in_bands(wide, KernelSet.PORTABLE, input_in_arena=True)
    assert all(len(op.parts) == 0 or op.parts[0].out_shape[2] == 1 for op in banded.ops)


def test_cost_knows_what_bands_add() -> None:
    target = load_target("cortex-m4")
    workload = network()
    banded = in_bands(workload, target.kernels, input_in_arena=True)
    before, after = (footprint(each, None, target) for each in (workload, banded))
    assert after.ram_bytes < 0.6 * before.ram_bytes
    assert before.flash_bytes < after.flash_bytes
    added = sum(op_cycles(banded, target)) / sum(op_cycles(workload, target)) - 1
    assert 0 < added < MORE_WORK
