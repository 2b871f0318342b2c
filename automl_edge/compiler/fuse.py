"""Residual sums computed by the convolution before them, where that makes the arena smaller.

A pass over descriptions: what the compiler and ``cost`` do with a workload is the same,
whether it was read from an architecture or from a graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from automl_edge.compiler.pieces import pieces_of
from automl_edge.compiler.plan import arena_size
from automl_edge.compiler.sizes import SUMMED, kernel_of, scratch_bytes
from automl_edge.domain.graph import OpKind
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
    pairs = tuple(_pairs(workload, kernels))
    if not pairs:
        return workload
    needed, least = pairs, _arena(_with(workload, pairs), kernels, input_in_arena)
    if _arena(workload, kernels, input_in_arena) - least < LEAST_SAVING:
        return workload
    for pair in pairs:
        fewer = tuple(other for other in needed if other != pair)
        size = _arena(_with(workload, fewer), kernels, input_in_arena)
        if size <= least:
            needed, least = fewer, size
    return _with(workload, needed)


def halves(op: OpWork) -> tuple[OpWork, OpWork]:
    """The convolution and the ADD that ``op``, which does both, is made of."""
    alone = replace(op, inputs=op.inputs[:1], adds=False)
    sums = OpWork(OpKind.ADD, (op.inputs[1], op.output), op.output, op.out_shape, op.out_shape)
    return alone, sums


def _arena(workload: Workload, kernels: KernelSet, input_in_arena: bool) -> int:
    called = [kernel_of(op, kernels) for op in workload.ops]
    scratch = [scratch_bytes(op, name) for op, name in zip(workload.ops, called, strict=True)]
    return arena_size(workload, called, scratch, input_in_arena)


def _pairs(workload: Workload, kernels: KernelSet) -> Iterator[int]:
    """Numbers of the convolutions that could be one with the operator after them."""
    for number, (first, then) in enumerate(zip(workload.ops, workload.ops[1:], strict=False)):
        if _is_pair(first, then, workload) and kernel_of(first, kernels) in SUMMED:
            readers = sum(op.inputs.count(first.output) for op in workload.ops)
            if readers == 1 and pieces_of(first) is not None:
                yield number


def _is_pair(first: OpWork, then: OpWork, workload: Workload) -> bool:
    if first.kind is not OpKind.CONV_2D or first.adds or then.kind is not OpKind.ADD:
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
