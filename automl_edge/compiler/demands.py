"""What the operators of a workload call and need: kernels, and scratch in the arena."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from automl_edge.compiler.bands import Move, Slice, inner_offsets, move_work, schedule, slice_work
from automl_edge.compiler.overlap import Lead, lead_of
from automl_edge.compiler.sizes import kernel_of, scratch_bytes
from automl_edge.domain.memory import Gap, gap_of
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork, Workload, by_layer

MOVE = "pad"
"""The kernel that moves rows; no part of a chain is a PAD itself."""


class Run(NamedTuple):
    """A run of ``kernel`` that does ``work`` with ``scratch`` bytes of its own.

    ``part`` is the number of the part that it belongs to; ``arguments`` tells runs of one
    part with the same argument struct from others.
    """

    work: OpWork
    kernel: str
    scratch: int
    part: int = 0
    arguments: tuple[int, ...] = ()


class Demand(NamedTuple):
    """The kernel of an operator, the last one's of several, its bytes of scratch, and how far
    its output may reach into what it reads, if that is a single buffer: the lead, and the gap
    that it leaves."""

    kernel: str
    scratch: int
    lead: Lead | None = None
    gap: Gap | None = None


def runs_of(op: OpWork, kernels: KernelSet) -> tuple[Run, ...]:
    """The kernels' runs for ``op``: one, or those for each band of an operator with parts."""
    if op.parts:
        return tuple(_band_runs(op, kernels))
    return (run_by(op, kernel_of(op, kernels)),)


def run_by(op: OpWork, kernel: str) -> Run:
    """The run for ``op``, which has no parts, by ``kernel``."""
    return Run(op, kernel, scratch_bytes(op, kernel))


def demands(workload: Workload, kernels: KernelSet) -> tuple[list[str], list[int]]:
    """The kernel of each operator, the last one's of several, and its bytes of scratch."""
    found = demands_of(workload, kernels)
    return [demand.kernel for demand in found], [demand.scratch for demand in found]


def demands_of(workload: Workload, kernels: KernelSet) -> list[Demand]:
    """What each operator of ``workload`` demands."""
    sizes = workload.buffers
    return [_remembered(op, kernels, sizes[op.inputs[0]], sizes[op.output]) for op in workload.ops]


def demand_of(op: OpWork, runs: Sequence[Run], in_bytes: int, out_bytes: int) -> Demand:
    """What ``op`` demands, which reads first a buffer of ``in_bytes`` and writes ``out_bytes``."""
    kernel, scratch = runs[-1].kernel, max([run.scratch for run in runs])
    if op.parts:
        return Demand(kernel, scratch + inner_offsets(op, schedule(op).heights)[1])
    lead = lead_of(op, kernel, in_bytes, out_bytes)
    if lead is None:
        return Demand(kernel, scratch)
    return Demand(kernel, scratch, lead, gap_of(lead.least, lead.modulus, in_bytes, out_bytes))


@by_layer
def _remembered(op: OpWork, kernels: KernelSet, in_bytes: int, out_bytes: int) -> Demand:
    return demand_of(op, runs_of(op, kernels), in_bytes, out_bytes)


def _band_runs(op: OpWork, kernels: KernelSet) -> Iterator[Run]:
    for step in schedule(op).steps:
        part = op.parts[step.part]
        work = slice_work(part, step) if isinstance(step, Slice) else move_work(part, step)
        kernel = kernel_of(work, kernels)
        yield Run(work, kernel, scratch_bytes(work, kernel), step.part, _arguments(step))


def _arguments(step: Slice | Move) -> tuple[int, ...]:
    if isinstance(step, Move):
        return (step.rows,)
    return step.in_rows, step.pad_top, step.rows
