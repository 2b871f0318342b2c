"""The arena planner: offsets for buffers whose lifetimes are known. A pure function.

Used by ``cost`` (from a description) and by the compiler (from a graph), so that both
count the same arena.
"""

from __future__ import annotations

from bisect import insort
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
    spans = [(buffer.first, buffer.last, align(buffer.size)) for buffer in buffers]
    order = range(len(spans))
    by_size = sorted(order, key=lambda i: (-spans[i][2], -buffers[i].size, spans[i][0], i))
    best = _place(spans, by_size)
    if best.size > _lower_bound(spans):
        by_first = sorted(order, key=lambda i: (spans[i][0], -buffers[i].size, i))
        best = min(best, _place(spans, by_first), key=lambda plan: plan.size)
    return best


def peak_of_live(buffers: Sequence[Buffer]) -> int:
    """The most bytes that live at once: no plan without recomputation can be smaller."""
    return _lower_bound([(buffer.first, buffer.last, align(buffer.size)) for buffer in buffers])


def align(size: int) -> int:
    """``size`` rounded up to the arena's alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


_Span = tuple[int, int, int]  # first and last operator, aligned size


def _lower_bound(spans: Sequence[_Span]) -> int:
    """Sweeps over the operators: memory is taken at ``first`` and given back after ``last``."""
    changes: dict[int, int] = {}
    for first, last, size in spans:
        changes[first] = changes.get(first, 0) + size
        changes[last + 1] = changes.get(last + 1, 0) - size
    live = peak = 0
    for step in sorted(changes):
        live += changes[step]
        peak = max(peak, live)
    return peak


def _place(spans: Sequence[_Span], order: Sequence[int]) -> MemoryPlan:
    offsets = [0] * len(spans)
    placed: list[tuple[int, int, int, int]] = []  # offset, end, first, last; by offset
    arena = 0
    for index in order:
        first, last, size = spans[index]
        offset = 0
        for start, stop, begin, finish in placed:
            if begin <= last and first <= finish:
                if offset + size <= start:
                    break
                if stop > offset:
                    offset = stop
        offsets[index] = offset
        insort(placed, (offset, offset + size, first, last))
        arena = max(arena, offset + size)
    return MemoryPlan(tuple(offsets), arena)
