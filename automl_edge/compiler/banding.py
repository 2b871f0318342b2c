"""Which layers are computed a few rows at a time, and how many: for the smallest arena."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from automl_edge.compiler.bands import Move, Slice, row_bytes, schedule, slice_work
from automl_edge.compiler.demands import demands
from automl_edge.compiler.fuse import fused_with_arena
from automl_edge.compiler.plan import arena_size, bytes_in_use
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork, Workload

MORE_WORK = 0.3
"""How much of the network's own work may come on top, by the estimate below."""

MOVED_BYTE = 8
CALL = 500
"""What a byte that is moved and a call weigh, in multiplications of a fast kernel set."""

ROWS = (1, 2, 3, 4, 6, 8, 12, 16)
"""Rows of a band that are tried."""

ENOUGH = 0.97
"""The part of the arena that a chain has to leave, or it isn't worth its flash."""

NEARLY = 1.01
"""An arena that is larger by this is as good if it takes less work."""

_TILE = 4
"""Pixels that convolutions compute at once, and the fewest that all of them can."""

_LONGEST_ROW = 2**15 - 1
"""Bytes of a row that the kernel which moves them can count."""

_WEIGHTED = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D)
_POOLS = (OpKind.AVERAGE_POOL_2D, OpKind.MAX_POOL_2D)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A workload with one more chain, its arena and the work that it adds in all."""

    workload: Workload
    arena: int
    work: int


def in_bands(workload: Workload, kernels: KernelSet, input_in_arena: bool) -> Workload:
    """``workload`` with chains of layers made operators with parts, as the smallest arena needs.

    One chain after the other, always about the operator with the most bytes in use, as long
    as the arena becomes smaller and what is added stays below MORE_WORK. Sums are not fused
    yet: ``fuse_sums`` comes after.
    """
    _, arena = fused_with_arena(workload, kernels, input_in_arena)  # what there is without bands
    current = _Choice(workload, arena, 0)
    while True:
        better = _best(current, kernels, input_in_arena)
        if better is None:
            return current.workload
        current = better


def added_work(chain: OpWork) -> int:
    """What computing ``chain`` by bands adds, in multiplications: moves, calls, rests of tiles."""
    steps = schedule(chain).steps
    added = CALL * (len(steps) - len(chain.parts))
    for step in steps:
        part = chain.parts[step.part]
        if isinstance(step, Move):
            added += MOVED_BYTE * step.rows * row_bytes(part.out_shape)
        elif part.kind is OpKind.CONV_2D and _pixels(part, step) % _TILE:
            added += slice_work(part, step).macs * _TILE // _pixels(part, step)
    return added


def _best(current: _Choice, kernels: KernelSet, input_in_arena: bool) -> _Choice | None:
    names, scratch = demands(current.workload, kernels)
    used = bytes_in_use(current.workload, names, scratch, input_in_arena)
    peak = used.index(max(used))
    found = []
    for workload, chain in _candidates(current.workload, peak):
        work = current.work + added_work(chain)
        if work <= MORE_WORK * workload.macs and _suits(chain):
            arena = _arena(workload, kernels, input_in_arena)
            if arena <= ENOUGH * current.arena:
                found.append(_Choice(workload, arena, work))
    if not found:
        return None
    least = min(choice.arena for choice in found)
    good = [choice for choice in found if choice.arena <= NEARLY * least]
    return min(good, key=lambda choice: (choice.work, choice.arena))


def _arena(workload: Workload, kernels: KernelSet, input_in_arena: bool) -> int:
    return arena_size(workload, *demands(workload, kernels), input_in_arena)


def _candidates(workload: Workload, peak: int) -> Iterator[tuple[Workload, OpWork]]:
    """The workload with each chain that has the operator ``peak`` in it, and the chain."""
    for first in range(peak, -1, -1):
        if not _is_spatial(workload.ops[first], workload):
            return
        for last in range(max(peak, first + 1), len(workload.ops)):
            if not _is_spatial(workload.ops[last], workload):
                break
            if _is_closed(workload, first, last) and _agrees(workload.ops[first : last + 1]):
                yield from _by_rows(workload, first, last)


def _is_spatial(op: OpWork, workload: Workload) -> bool:
    if op.adds or op.parts:
        return False
    if op.kind is OpKind.ADD:
        sizes = {workload.buffers[number] for number in (*op.inputs, op.output)}
        return len(op.inputs) == 2 and len(sizes) == 1 and op.in_shape == op.out_shape
    return op.kind in (*_WEIGHTED, *_POOLS)


def _is_closed(workload: Workload, first: int, last: int) -> bool:
    """Whether only the last output of these operators is read by others, or is the network's."""
    inner = {op.output for op in workload.ops[first:last]}
    others = (*workload.ops[:first], *workload.ops[last + 1 :])
    read = {number for op in others for number in op.inputs}
    return not inner & (read | {workload.output})


def _agrees(parts: tuple[OpWork, ...]) -> bool:
    """Whether what is read has the rows that it was written with: a RESHAPE leaves no trace."""
    written = {part.output: part.out_shape for part in parts}
    return all(
        written.get(number, part.in_shape) == part.in_shape
        for part in parts
        for number in part.inputs
    )


def _by_rows(workload: Workload, first: int, last: int) -> Iterator[tuple[Workload, OpWork]]:
    parts = workload.ops[first : last + 1]
    inner = [part.output for part in parts[:-1]]
    read = dict.fromkeys(number for part in parts for number in part.inputs)
    buffers = tuple(0 if n in inner else size for n, size in enumerate(workload.buffers))
    for rows in ROWS:
        if rows >= parts[-1].out_shape[0]:
            return
        chain = replace(
            parts[-1],
            kind=parts[0].kind,
            inputs=tuple(number for number in read if number not in inner),
            in_shape=parts[0].in_shape,
            kernel=(1, 1),
            stride=(1, 1),
            dilation=(1, 1),
            weight_bytes=sum(part.weight_bytes for part in parts),
            channels=sum(part.channels for part in parts),
            macs=sum(part.macs for part in parts),
            parts=parts,
            rows=rows,
        )
        ops = (*workload.ops[:first], chain, *workload.ops[last + 1 :])
        yield replace(workload, ops=ops, buffers=buffers), chain


def _suits(chain: OpWork) -> bool:
    """Whether every slice is as much as a kernel of any set can compute, and rows can be moved."""
    if any(row_bytes(part.out_shape) > _LONGEST_ROW for part in chain.parts):
        return False
    slices = (step for step in schedule(chain).steps if isinstance(step, Slice))
    return all(
        chain.parts[step.part].kind is not OpKind.CONV_2D
        or _pixels(chain.parts[step.part], step) >= _TILE
        for step in slices
    )


def _pixels(part: OpWork, step: Slice) -> int:
    return step.rows * part.out_shape[1]
