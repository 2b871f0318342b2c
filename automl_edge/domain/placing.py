"""Buffers placed one by one, each at the lowest offset that those before it leave.

The orders that ``memory`` tries, and the best plan that they give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

ATTEMPTS = 3
"""Times that all is placed from each first order: more hardly ever find a smaller arena."""

Gap = tuple[int, int]
"""(lead, step): the upper buffer's offset less the lower one's may be lead, lead + step,
lead + 2 step and so on."""

Gaps = dict[tuple[int, int], Gap]
"""By (upper, lower)."""

Rules = list[list[tuple[int, int, int, int, bool]]]
"""For each buffer its neighbours: number and size, lead and step (step 0 where they must lie
apart), and whether the buffer itself is the upper one."""

_UNPLACED = 1 << 60


class Buffer(NamedTuple):
    """``size`` bytes that live from operator ``first`` to operator ``last``, both included."""

    size: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Byte offset of each buffer, in the order given, and the arena's size in bytes."""

    offsets: tuple[int, ...]
    size: int


def best_plan(
    tight: Sequence[int],
    buffers: Sequence[Buffer],
    sizes: Sequence[int],
    gaps: Gaps,
    least: int,
) -> tuple[MemoryPlan, bool]:
    """The smallest plan found for the buffers ``tight``, and whether it is upside down."""
    near = neighbours(tight, buffers)
    best = MemoryPlan((), sum(sizes) + 1)
    is_turned = False
    for key, is_mirrored in _starts(buffers, sizes):
        rules = rules_of(near, sizes, mirrored(gaps, sizes) if is_mirrored else gaps)
        plan = _repeated(sorted(tight, key=key), sizes, rules, least)
        if plan.size < best.size:
            best, is_turned = plan, is_mirrored
        if best.size <= least:
            break
    return best, is_turned


def neighbours(numbers: Iterable[int], buffers: Sequence[Buffer]) -> list[list[int]]:
    """For each of the buffers ``numbers`` those of them that live while it does."""
    near: list[list[int]] = [[] for _ in buffers]
    alive: list[int] = []
    for i in sorted(numbers, key=lambda i: buffers[i].first):
        first = buffers[i].first
        alive = [j for j in alive if buffers[j].last >= first]
        near[i] += alive
        for j in alive:
            near[j].append(i)
        alive.append(i)
    return near


def rules_of(near: list[list[int]], sizes: Sequence[int], gaps: Gaps) -> Rules:
    """What the buffers whose neighbours are ``near`` have to keep to."""
    rules = [[(j, sizes[j], 0, 0, False) for j in others] for others in near]
    for (upper, lower), (lead, step) in gaps.items():
        if lower in near[upper]:
            rules[upper][near[upper].index(lower)] = (lower, sizes[lower], lead, step, True)
            rules[lower][near[lower].index(upper)] = (upper, sizes[upper], lead, step, False)
    return rules


def _starts(
    buffers: Sequence[Buffer], sizes: Sequence[int]
) -> Iterator[tuple[Callable[[int], tuple[int, int]], bool]]:
    """Sort keys of the orders to begin with, and whether they are placed upside down."""
    yield lambda i: (-sizes[i], -buffers[i].first), False
    yield lambda i: (-sizes[i], buffers[i].first), True
    yield lambda i: (-buffers[i].last, -sizes[i]), False
    yield lambda i: (buffers[i].first, -sizes[i]), True


def mirrored(gaps: Gaps, sizes: Sequence[int]) -> Gaps:
    """The gaps as they are where offsets are counted from a buffer's end, downwards."""
    return {
        (lower, upper): (lead + sizes[upper] - sizes[lower], step)
        for (upper, lower), (lead, step) in gaps.items()
    }


def turned(plan: MemoryPlan, sizes: Sequence[int]) -> MemoryPlan:
    """A mirrored plan the right way up."""
    pairs = zip(plan.offsets, sizes, strict=True)
    return MemoryPlan(tuple(plan.size - offset - size for offset, size in pairs), plan.size)


def _repeated(order: list[int], sizes: Sequence[int], rules: Rules, least: int) -> MemoryPlan:
    """The smallest of ATTEMPTS plans, each with the one at fault in the last placed first."""
    nothing = MemoryPlan((_UNPLACED,) * len(sizes), 0)
    best = plan = place(order, sizes, rules, nothing)
    moved: set[int] = set()
    while best.size > least and len(moved) < ATTEMPTS - 1:
        fault = next(i for i in order if plan.offsets[i] + sizes[i] > least)
        if fault == order[0] or fault in moved:
            break
        moved.add(fault)
        order = [fault, *(i for i in order if i != fault)]
        plan = place(order, sizes, rules, nothing)
        if plan.size < best.size:
            best = plan
    return best


def place(
    order: Sequence[int], sizes: Sequence[int], rules: Rules, before: MemoryPlan
) -> MemoryPlan:
    """Each buffer in turn at the lowest offset that suits those placed before it."""
    offsets, arena = list(before.offsets), before.size
    for i in order:
        size, others = sizes[i], rules[i]
        offset, moved = 0, True
        while moved:
            moved = False
            for j, other, lead, step, is_upper in others:
                start = offsets[j]
                if start < offset + size and offset < start + other:
                    if not step:
                        offset, moved = start + other, True
                    else:
                        suits = _suited(offset, start, lead, step, is_upper)
                        if suits != offset:
                            offset, moved = min(suits, start + other), True
        offsets[i] = offset
        if offset + size > arena:
            arena = offset + size
    return MemoryPlan(tuple(offsets), arena)


def _suited(offset: int, start: int, lead: int, step: int, is_upper: bool) -> int:
    """The least offset from ``offset`` on that has the gap to ``start``, or _UNPLACED."""
    if is_upper:
        least = start + lead
        return least if offset < least else offset + (least - offset) % step
    highest = start - lead
    return offset + (highest - offset) % step if offset <= highest else _UNPLACED
