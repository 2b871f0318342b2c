"""Which buffer lives when, and so where it lies in the arena."""

from __future__ import annotations

from collections.abc import Sequence

from automl_edge.domain.memory import Buffer, MemoryPlan, plan_memory
from automl_edge.domain.workload import Workload


def plan_arena(
    workload: Workload, scratch: Sequence[int], input_in_arena: bool
) -> tuple[MemoryPlan, tuple[int | None, ...], tuple[int, ...]]:
    """The plan, the arena offset of each activation buffer, and of each operator's scratch.

    ``scratch`` holds bytes for each operator of ``workload``. The input's offset is None
    if it is not in the arena; an operator without scratch has offset 0.
    """
    buffers = arena_buffers(workload, scratch, input_in_arena)
    plan = plan_memory(buffers)
    offsets = iter(plan.offsets)
    in_arena = [
        input_in_arena or number != workload.input for number in range(len(workload.buffers))
    ]
    activations = tuple(next(offsets) if present else None for present in in_arena)
    scratches = tuple(next(offsets) if size else 0 for size in scratch)
    return plan, activations, scratches


def arena_buffers(
    workload: Workload, scratch: Sequence[int], input_in_arena: bool
) -> tuple[Buffer, ...]:
    """What lies in the arena: activation buffers in order, then scratch of each operator.

    A buffer lives from the operator that writes it (the input: from the first) to the last
    that reads it; the output lives to the end.
    """
    last_step = len(workload.ops) - 1
    first = dict.fromkeys(range(len(workload.buffers)), 0)
    last = dict.fromkeys(range(len(workload.buffers)), 0)
    for step, op in enumerate(workload.ops):
        first[op.output] = step
        for number in (op.output, *op.inputs):
            last[number] = step
    last[workload.output] = last_step
    activations = tuple(
        Buffer(size, first[number], last[number])
        for number, size in enumerate(workload.buffers)
        if input_in_arena or number != workload.input
    )
    scratches = tuple(Buffer(size, step, step) for step, size in enumerate(scratch) if size)
    return activations + scratches
