"""Which buffer lives when and what it may share, and so where it lies in the arena."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from automl_edge.compiler.demands import Demand
from automl_edge.compiler.overlap import Lead, lead_over
from automl_edge.domain.memory import (
    Buffer,
    MemoryPlan,
    Overlap,
    align,
    arena_bytes,
    chain_bytes,
    plan_memory,
)
from automl_edge.domain.workload import Workload


def plan_arena(
    workload: Workload, kernels: Sequence[str], scratch: Sequence[int], input_in_arena: bool
) -> tuple[MemoryPlan, tuple[int | None, ...], tuple[int, ...]]:
    """The plan, the arena offset of each activation buffer, and of each operator's scratch.

    ``kernels`` and ``scratch`` hold the kernel of each operator of ``workload`` and the
    bytes it needs while it runs. The input's offset is None if it is not in the arena; an
    operator without scratch has offset 0.
    """
    buffers = arena_buffers(workload, scratch, input_in_arena)
    plan = plan_memory(buffers, arena_overlaps(workload, kernels, input_in_arena))
    offsets = iter(plan.offsets)
    in_arena = [
        input_in_arena or number != workload.input for number in range(len(workload.buffers))
    ]
    activations = tuple(next(offsets) if present else None for present in in_arena)
    scratches = tuple(next(offsets) if size else 0 for size in scratch)
    return plan, activations, scratches


def arena_size(
    workload: Workload, kernels: Sequence[str], scratch: Sequence[int], input_in_arena: bool
) -> int:
    """The size of ``plan_arena``'s plan, sooner told."""
    buffers = arena_buffers(workload, scratch, input_in_arena)
    return arena_bytes(buffers, arena_overlaps(workload, kernels, input_in_arena))


def is_chain(workload: Workload) -> bool:
    """Whether each operator is a single one that reads what the one before it wrote, and that
    alone."""
    ends = (workload.input, workload.output)
    return (
        bool(workload.ops)
        and ends == (0, len(workload.ops))
        and all(
            op.inputs == (n,) and op.output == n + 1 and not op.parts
            for n, op in enumerate(workload.ops)
        )
    )


def chain_size(workload: Workload, demands: Sequence[Demand], input_in_arena: bool) -> int:
    """The size of the arena of ``demanded_arena``, if ``workload`` is a chain."""
    activations, gaps = list(workload.buffers), [demand.gap for demand in demands]
    if not input_in_arena:
        activations[0], gaps[0] = 0, None
    return chain_bytes(activations, [demand.scratch for demand in demands], gaps)


def demanded_arena(
    workload: Workload, demands: Sequence[Demand], input_in_arena: bool
) -> tuple[tuple[Buffer, ...], tuple[Overlap, ...]]:
    """``arena_buffers`` and ``arena_overlaps`` of operators whose leads are known."""
    buffers = arena_buffers(workload, [demand.scratch for demand in demands], input_in_arena)

    def lead(step: int, number: int) -> Lead | None:
        op, (kernel, _, known, _) = workload.ops[step], demands[step]
        if len(op.inputs) == 1 and not op.parts:
            return known
        return lead_over(op, kernel, number, workload.buffers)

    return buffers, tuple(_overlaps(workload, lead, input_in_arena))


def arena_buffers(
    workload: Workload, scratch: Sequence[int], input_in_arena: bool
) -> tuple[Buffer, ...]:
    """What lies in the arena: activation buffers in order, then scratch of each operator.

    A buffer lives from the operator that writes it (the input: from the first) to the last
    that reads it; the output lives to the end.
    """
    first, last = _lifetimes(workload)
    activations = tuple(
        Buffer(size, first[number], last[number])
        for number, size in enumerate(workload.buffers)
        if input_in_arena or number != workload.input
    )
    scratches = tuple(Buffer(size, step, step) for step, size in enumerate(scratch) if size)
    return activations + scratches


def arena_overlaps(
    workload: Workload, kernels: Sequence[str], input_in_arena: bool
) -> tuple[Overlap, ...]:
    """What may share bytes, in the numbers of ``arena_buffers``: dying inputs and outputs."""

    def lead(step: int, number: int) -> Lead | None:
        return lead_over(workload.ops[step], kernels[step], number, workload.buffers)

    return tuple(_overlaps(workload, lead, input_in_arena))


def _overlaps(
    workload: Workload, lead_at: Callable[[int, int], Lead | None], input_in_arena: bool
) -> Iterator[Overlap]:
    _, last = _lifetimes(workload)
    outside = len(workload.buffers) if input_in_arena else workload.input
    for step, op in enumerate(workload.ops):
        output = op.output
        for number in op.inputs if len(op.inputs) == 1 else dict.fromkeys(op.inputs):
            if last[number] == step and number not in (outside, workload.output):
                lead = lead_at(step, number)
                if lead is not None:
                    source, target = number - (number > outside), output - (output > outside)
                    yield Overlap(source, target, lead.least, lead.modulus)


def bytes_in_use(
    workload: Workload, kernels: Sequence[str], scratch: Sequence[int], input_in_arena: bool
) -> tuple[int, ...]:
    """Bytes of the arena that hold anything while each operator runs, its scratch included.

    Those that an output takes over from an input count once.
    """
    buffers = arena_buffers(workload, scratch, input_in_arena)
    plan = plan_memory(buffers, arena_overlaps(workload, kernels, input_in_arena))
    used: list[int] = []
    for step in range(len(workload.ops)):
        stretches = sorted(
            (offset, offset + align(buffer.size))
            for buffer, offset in zip(buffers, plan.offsets, strict=True)
            if buffer.first <= step <= buffer.last
        )
        total = end = 0
        for start, stop in stretches:
            total += max(stop - max(start, end), 0)
            end = max(end, stop)
        used.append(total)
    return tuple(used)


def _lifetimes(workload: Workload) -> tuple[list[int], list[int]]:
    """The first and the last operator during which each activation buffer lives."""
    first = [0] * len(workload.buffers)
    last = [0] * len(workload.buffers)
    for step, op in enumerate(workload.ops):
        first[op.output] = last[op.output] = step
        for number in op.inputs:
            last[number] = step
    last[workload.output] = len(workload.ops) - 1
    return first, last
