"""The arena planner: offsets for buffers whose lifetimes are known. A pure function.

Used by ``cost`` (from a description) and by the compiler (from a graph), so that both
count the same arena.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from operator import add, sub
from typing import NamedTuple

from automl_edge.domain.placing import (
    Buffer,
    Gap,
    Gaps,
    MemoryPlan,
    best_plan,
    mirrored,
    neighbours,
    place,
    rules_of,
    turned,
)

__all__ = [
    "ALIGNMENT",
    "Buffer",
    "Gap",
    "MemoryPlan",
    "Overlap",
    "align",
    "arena_bytes",
    "chain_bytes",
    "gap_of",
    "live_bytes",
    "peak_of_live",
    "plan_memory",
]

ALIGNMENT = 4


class Overlap(NamedTuple):
    """Leave for two buffers to share bytes while the operator runs that reads one for the last
    time and writes the other.

    The offset of buffer ``input`` less that of buffer ``output`` must be ``lead`` bytes or
    more and a multiple of ``modulus``. They may lie apart all the same, and must where the
    input outlives the operator.
    """

    input: int
    output: int
    lead: int
    modulus: int = 1


def plan_memory(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> MemoryPlan:
    """Place ``buffers`` so that none that live at once share bytes, but for ``overlaps``.

    Deterministic. Buffers are placed one by one, each at the lowest offset that it fits:
    largest first, the greedy-by-size strategy of Pisarchyk and Lee, "Efficient Memory
    Management for Deep Neural Net Inference" (2020). While the arena is larger than the
    peak of live bytes, the first buffer that ends above that peak is moved to the front
    and all are placed again, as in Joslin and Clements, "Squeaky Wheel Optimization"
    (1999); then the same upside down, because an input lies above the output that eats
    into it; then both in the order of time.
    """
    return _plan(buffers, overlaps) if buffers else MemoryPlan((), 0)


def arena_bytes(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> int:
    """The size of ``plan_memory``'s arena, told without placing what fits into it anyway."""
    return _plan(buffers, overlaps, wants_offsets=False).size if buffers else 0


def chain_bytes(
    activations: Sequence[int], scratch: Sequence[int], gaps: Sequence[Gap | None]
) -> int:
    """``arena_bytes`` of operators in a chain, sooner told.

    Operator ``n`` reads ``activations[n]`` bytes for the last time and writes
    ``activations[n + 1]``, with ``scratch[n]`` of its own and ``gaps[n]`` between the two.
    0 bytes stand for what is not in the arena, where there is no gap.
    """
    sizes, own = _aligned(activations), _aligned(scratch)
    live = list(map(add, map(add, sizes, sizes[1:]), own))
    filled = [size > 0 for size in sizes]
    count = list(map(add, map(add, filled, filled[1:]), [size > 0 for size in own]))
    pairs = pairwise(sizes)
    saved = [_saved(gap, *pair) if gap else 0 for gap, pair in zip(gaps, pairs, strict=True)]
    least: int = max(map(sub, live, saved))
    # Neighbours are counted as if there were an operator before the first and one after the last.
    around = ([sizes[0], *live], [*live, sizes[-1]], [1, *count], [*count, 1])
    tight = [
        n
        for n, (size, before, after, some, more) in enumerate(zip(sizes, *around, strict=True))
        if size and before + after + (some + more - 3) * size > least
    ]
    last = len(own) - 1
    buffers = [Buffer(sizes[n], max(n - 1, 0), min(n, last)) for n in tight]
    near = {
        (i, i + 1): gap
        for i, (n, then) in enumerate(pairwise(tight))
        if then == n + 1 and (gap := gaps[n])
    }
    buffers += [
        Buffer(size, n, n)
        for n, (size, total, others) in enumerate(zip(own, live, count, strict=True))
        if size and total + (others - 1) * size > least
    ]
    found, _ = best_plan(
        range(len(buffers)), buffers, [size for size, _, _ in buffers], near, least
    )
    return max(found.size, least)


def gap_of(lead: int, modulus: int, above: int, below: int) -> Gap | None:
    """The gap that an Overlap's lead and modulus leave between buffers of ``above`` and ``below``
    bytes, None if it saves nothing."""
    step = math.lcm(modulus, ALIGNMENT)
    lead = -(-lead // step) * step
    return (lead, step) if above and lead < align(below) and below else None


def peak_of_live(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> int:
    """The most bytes that live at once: no plan of these operators in order can be smaller.

    Bytes that ``overlaps`` lets two buffers share count once.
    """
    return max(live_bytes(buffers, overlaps), default=0)


def live_bytes(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> list[int]:
    """Bytes that live during each operator; those that may be shared count once."""
    if not buffers:
        return []
    sizes = _aligned([size for size, _, _ in buffers])
    return _live(buffers, sizes, _gaps(buffers, sizes, overlaps), _crowd(buffers, sizes))


def align(size: int) -> int:
    """``size`` rounded up to the arena's alignment."""
    return -(-size // ALIGNMENT) * ALIGNMENT


def _aligned(sizes: Sequence[int]) -> list[int]:
    return [-(-size // ALIGNMENT) * ALIGNMENT for size in sizes]


def _gaps(buffers: Sequence[Buffer], sizes: Sequence[int], overlaps: Sequence[Overlap]) -> Gaps:
    """Those of ``overlaps`` that can save anything, in multiples of the alignment."""
    gaps: Gaps = {}
    for overlap in overlaps:
        if buffers[overlap.input].last != buffers[overlap.output].first:
            continue
        upper, lower, lead, modulus = overlap
        gap = gap_of(lead, modulus, sizes[upper], sizes[lower])
        if gap:
            gaps[upper, lower] = gap
    return gaps


def _saved(gap: Gap, above: int, below: int) -> int:
    """Bytes that two buffers of these sizes can share."""
    return min(above, below - gap[0]) if gap[0] > 0 else min(above, below)


class _Crowd(NamedTuple):
    """For each operator, and one after the last: how many buffers have begun to live when it
    runs, how many have ended before it, and their bytes. Empty buffers are not counted."""

    begun: list[int]
    ended: list[int]
    bytes_begun: list[int]
    bytes_ended: list[int]


def _crowd(buffers: Sequence[Buffer], sizes: Sequence[int]) -> _Crowd:
    steps = max([last for _, _, last in buffers]) + 2
    begun, ended, bytes_begun, bytes_ended = ([0] * steps for _ in range(4))
    for (_, first, last), size in zip(buffers, sizes, strict=True):
        if size:
            begun[first] += 1
            ended[last + 1] += 1
            bytes_begun[first] += size
            bytes_ended[last + 1] += size
    return _Crowd(*map(list, map(accumulate, (begun, ended, bytes_begun, bytes_ended))))


def _live(buffers: Sequence[Buffer], sizes: Sequence[int], gaps: Gaps, crowd: _Crowd) -> list[int]:
    """Bytes that live during each operator, those that may be shared once."""
    live = list(map(sub, crowd.bytes_begun, crowd.bytes_ended))
    shared: dict[int, int] = {}
    for (upper, lower), gap in gaps.items():
        shared[lower] = shared.get(lower, 0) + _saved(gap, sizes[upper], sizes[lower])
    for lower, saved in shared.items():
        live[buffers[lower].first] -= min(saved, sizes[lower])
    return live[:-1]


def _tight(buffers: Sequence[Buffer], sizes: Sequence[int], crowd: _Crowd, least: int) -> list[int]:
    """The buffers that need not fit below ``least`` wherever their neighbours lie.

    The others would fit even if all that live beside them lay apart, with gaps just too small
    for them between them.
    """
    begun, ended, bytes_begun, bytes_ended = crowd
    return [
        i
        for i, ((_, first, last), size) in enumerate(zip(buffers, sizes, strict=True))
        if size
        and bytes_begun[last] - bytes_ended[first] + (begun[last] - ended[first] - 1) * size > least
    ]


def _plan(
    buffers: Sequence[Buffer], overlaps: Sequence[Overlap], wants_offsets: bool = True
) -> MemoryPlan:
    """The plan; without ``wants_offsets`` only its size counts.

    What is not tight can be placed when the size is settled.
    """
    sizes = _aligned([size for size, _, _ in buffers])
    gaps = _gaps(buffers, sizes, overlaps)
    crowd = _crowd(buffers, sizes)
    least = max(_live(buffers, sizes, gaps, crowd))
    tight = _tight(buffers, sizes, crowd, least)
    best, is_turned = best_plan(tight, buffers, sizes, gaps, least)
    if not wants_offsets:
        return MemoryPlan((), max(best.size, least))
    loose = [i for i in range(len(sizes)) if i not in tight]
    near = neighbours((i for i, size in enumerate(sizes) if size), buffers)
    rules = rules_of(near, sizes, mirrored(gaps, sizes) if is_turned else gaps)
    best = place(loose, sizes, rules, best)
    return turned(best, sizes) if is_turned else best
