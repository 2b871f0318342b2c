"""The arena planner: offsets for buffers whose lifetimes are known. A pure function.

Used by ``cost`` (from a description) and by the compiler (from a graph), so that both
count the same arena.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ALIGNMENT = 4


@dataclass(frozen=True, slots=True)
class Buffer:
    """``size`` bytes that live from operator ``first`` to operator ``last``, both included."""

    size: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Byte offset of each buffer, in the order given, and the arena's size in bytes."""

    offsets: tuple[int, ...]
    size: int


def plan_memory(buffers: Sequence[Buffer]) -> MemoryPlan:
    """Place ``buffers`` so that none that live at once overlap; deterministic.

    Largest first, each at the lowest gap it fits: the greedy-by-size strategy of
    Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020).
    A second order, by first use, is tried as well and the smaller arena wins.
    """
    by_size = sorted(range(len(buffers)), key=lambda i: (-buffers[i].size, buffers[i].first, i))
    best = _place(buffers, by_size)
    if best.size > _lower_bound(buffers):
        by_first = sorted(range(len(buffers)), key=lambda i: (buffers[i].first, -buffers[i].size, i))
        best = min(best, _place(buffers, by_first), key=lambda plan: plan.size)
    return best


def peak_of_live(buffers: Sequence[Buffer]) -> int:
    """The most bytes that live at once: no plan without recomputation can be smaller."""
    return _lower_bound(buffers)


def align(size: int) -> int:
    """``size`` rounded up to the arena's alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _lower_bound(buffers: Sequence[Buffer]) -> int:
    steps = {buffer.first for buffer in buffers}
    return max(
        (sum(align(b.size) for b in buffers if b.first <= step <= b.last) for step in steps),
        default=0,
    )


def _place(buffers: Sequence[Buffer], order: Sequence[int]) -> MemoryPlan:
    offsets = [0] * len(buffers)
    placed: list[int] = []
    end = 0
    for index in order:
        buffer = buffers[index]
        size = align(buffer.size)
        taken = sorted(
            (offsets[other], offsets[other] + align(buffers[other].size))
            for other in placed
            if buffers[other].first <= buffer.last and buffer.first <= buffers[other].last
        )
        offset = 0
        for start, stop in taken:
            if offset + size <= start:
                break
            offset = max(offset, stop)
        offsets[index] = offset
        placed.append(index)
        end = max(end, offset + size)
    return MemoryPlan(tuple(offsets), end)
