"""What lies in the arena, where and how long: the plan in a form that can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from automl_edge.compiler.plan import arena_buffers
from automl_edge.domain.memory import MemoryPlan
from automl_edge.domain.workload import Workload


@dataclass(frozen=True, slots=True)
class Placed:
    """``size`` bytes from ``offset`` on, in use from operator ``first`` to ``last``, both included.

    ``tensor`` is the activation buffer that they hold; None for scratch.
    """

    tensor: int | None
    offset: int
    size: int
    first: int
    last: int


def placed(
    workload: Workload, scratch: Sequence[int], input_in_arena: bool, plan: MemoryPlan
) -> tuple[Placed, ...]:
    """Every buffer of ``plan``, which is of the same arguments: see ``plan_arena``.

    Those that never exist whole, and are of no size, are left out.
    """
    tensors = [n for n in range(len(workload.buffers)) if input_in_arena or n != workload.input]
    buffers = arena_buffers(workload, scratch, input_in_arena)
    names = [*tensors, *[None] * (len(buffers) - len(tensors))]
    return tuple(
        Placed(tensor, offset, buffer.size, buffer.first, buffer.last)
        for tensor, offset, buffer in zip(names, plan.offsets, buffers, strict=True)
        if buffer.size
    )
