"""Residual sums computed by the convolution before them, where that makes the arena smaller.

A pass over descriptions: what the compiler and ``cost`` do with a workload is the same,
whether it was read from an architecture or from a graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from automl_edge.compiler.demands import Demand, demands_of
from automl_edge.compiler.overlap import Lead
from automl_edge.compiler.pieces import pieces_of
from automl_edge.compiler.plan import chain_size, demanded_arena, is_chain
from automl_edge.compiler.sizes import SUMMED
from automl_edge.domain.graph import OpKind
from automl_edge.domain.memory import arena_bytes, live_bytes
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork, Workload

LEAST_SAVING = 128
"""Bytes of arena: the kernels that add take up to so much more stack than those they call."""


def fuse_sums(workload: Workload, kernels: KernelSet, input_in_arena: bool) -> Workload:
    """``workload`` with as few convolutions and sums made one as the smallest arena needs.

    A convolution can be one with the ADD that comes next if nothing else reads its output;
    the buffer between the two is then of size 0. Nothing is changed for less than
    LEAST_SAVING. Idempotent.
    """
    return fused_with_arena(workload, kernels, input_in_arena)[0]


def fused_with_arena(
    workload: Workload,
    kernels: KernelSet,
    input_in_arena: bool,
    demands: Sequence[Demand] | None = None,
) -> tuple[Workload, int]:
    """What ``fuse_sums`` gives, and the size of its arena. ``demands`` are those of ``workload``,
    if they are known."""
    demands = demands or demands_of(workload, kernels)
    if is_chain(workload):
        return workload, chain_size(workload, demands, input_in_arena)
    buffers, overlaps = demanded_arena(workload, demands, input_in_arena)
    whole = arena_bytes(buffers, overlaps)
    needed = pairs = tuple(_pairs(workload, demands))
    if not pairs:
        return workload, whole
    paired = {number for pair in pairs for number in (pair, pair + 1)}
    rest = [size for n, size in enumerate(live_bytes(buffers, overlaps)) if n not in paired]
    if whole - max(rest, default=0) < LEAST_SAVING:
        return workload, whole

    def arena(pairs: tuple[int, ...]) -> int:
        fused = _with(workload, pairs)
        return arena_bytes(*demanded_arena(fused, demands_of(fused, kernels), input_in_arena))

    least = arena(pairs)
    if whole - least < LEAST_SAVING:
        return workload, whole
    for pair in pairs:
        fewer = tuple(other for other in needed if other != pair)
        size = arena(fewer)
        if size <= least:
            needed, least = fewer, size
    return _with(workload, needed), least


def halves(op: OpWork) -> tuple[OpWork, OpWork]:
    """The convolution and the ADD that ``op``, which does both, is made of."""
    alone = replace(op, inputs=op.inputs[:1], adds=False)
    read = (*op.inputs[1:], op.output)
    sums = OpWork(OpKind.ADD, read, op.output, op.out_shape, op.out_shape)
    return alone, sums


def _pairs(workload: Workload, demands: Sequence[Demand]) -> Iterator[int]:
    """Numbers of the convolutions that could be one with the operator after them."""
    if OpKind.ADD not in [op.kind for op in workload.ops]:
        return
    last: dict[int, int] = {}
    for number, op in enumerate(workload.ops):
        last.update(dict.fromkeys(op.inputs, number))
    for number, (first, then) in enumerate(zip(workload.ops, workload.ops[1:], strict=False)):
        demand = demands[number]
        if _is_pair(first, then, workload) and demand.kernel in SUMMED:
            is_read_once = last[first.output] == number + 1 and len(set(then.inputs)) == 2
            dies = last[first.inputs[0]] == number
            added = _added_bytes(workload, first, demand.lead if dies else None)
            if is_read_once and added >= LEAST_SAVING and pieces_of(first) is not None:
                yield number


def _added_bytes(workload: Workload, op: OpWork, lead: Lead | None) -> int:
    """What the output of ``op`` takes beside its input; without ``lead`` that lives on."""
    size, written = (workload.buffers[number] for number in (op.inputs[0], op.output))
    return written if lead is None else max(max(lead.least, 0) + size, written) - size


def _is_pair(first: OpWork, then: OpWork, workload: Workload) -> bool:
    if first.kind is not OpKind.CONV_2D or then.kind is not OpKind.ADD:
        return False
    if first.adds or first.parts or then.parts:
        return False
    sizes = {workload.buffers[number] for number in (*then.inputs, then.output)}
    return first.output in then.inputs and len(then.inputs) == 2 and len(sizes) == 1


def _with(workload: Workload, pairs: tuple[int, ...]) -> Workload:
    """``workload`` with the convolutions ``pairs`` and the sums after them made one."""
    buffers = list(workload.buffers)
    ops: list[OpWork] = []
    for number, op in enumerate(workload.ops):
        if number - 1 in pairs:
            first = ops.pop()
            added = next(other for other in op.inputs if other != first.output)
            buffers[first.output] = 0
            op = replace(first, inputs=(first.inputs[0], added), output=op.output, adds=True)
        ops.append(op)
    return replace(workload, ops=tuple(ops), buffers=tuple(buffers))
