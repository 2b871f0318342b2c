"""The arena planner: never two live buffers on the same bytes, but where they may share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from automl_edge.domain.memory import (
    ALIGNMENT,
    Buffer,
    MemoryPlan,
    Overlap,
    align,
    arena_bytes,
    chain_bytes,
    gap_of,
    peak_of_live,
    plan_memory,
)

Case = tuple[list[Buffer], list[Overlap]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Buffers, and overlaps of any two: most of them of one that dies where the other begins."""
    buffers = []
    for _ in range(draw(st.integers(0, 14))):
        first = draw(st.integers(0, 8))
        buffers.append(Buffer(draw(st.integers(0, 200)), first, first + draw(st.integers(0, 3))))
    numbers = range(len(buffers))
    pairs = [(i, o) for i in numbers for o in numbers if i != o]
    dying = [(i, o) for i, o in pairs if buffers[i].last == buffers[o].first]
    chosen = draw(st.lists(st.sampled_from(dying), unique=True)) if dying else []
    chosen += draw(st.lists(st.sampled_from(pairs), max_size=2)) if pairs else []
    overlaps = [
        Overlap(i, o, draw(st.integers(-250, 250)), draw(st.sampled_from((1, 1, 3, 8, 10))))
        for i, o in chosen
    ]
    unique = {(overlap.input, overlap.output): overlap for overlap in overlaps}
    return buffers, list(unique.values())


def clash(case: Case, plan: MemoryPlan) -> tuple[int, int] | None:
    """Two buffers that lie on the same bytes although they must not."""
    buffers, overlaps = case
    leave = {(overlap.input, overlap.output): overlap for overlap in overlaps}

    def may_share(i: int, o: int) -> bool:
        overlap = leave.get((i, o))
        gap = plan.offsets[i] - plan.offsets[o]
        return (
            overlap is not None
            and buffers[i].last == buffers[o].first
            and gap >= overlap.lead
            and gap % overlap.modulus == 0
        )

    for b, second in enumerate(buffers):
        for a, first in enumerate(buffers[:b]):
            alive_together = first.first <= second.last and second.first <= first.last
            start = max(plan.offsets[a], plan.offsets[b])
            end = min(plan.offsets[a] + first.size, plan.offsets[b] + second.size)
            if alive_together and start < end and not may_share(a, b) and not may_share(b, a):
                return a, b
    return None


@given(cases())
def test_buffers_share_bytes_only_where_they_may(case: Case) -> None:
    plan = plan_memory(*case)
    assert clash(case, plan) is None
    assert all(offset % ALIGNMENT == 0 and offset >= 0 for offset in plan.offsets)
    ends = [
        offset + align(buffer.size) for offset, buffer in zip(plan.offsets, case[0], strict=True)
    ]
    assert max(ends, default=0) == plan.size


@given(cases())
def test_a_plan_is_at_least_the_peak_and_the_same_each_time(case: Case) -> None:
    plan = plan_memory(*case)
    assert plan.size >= peak_of_live(*case)
    assert peak_of_live(*case) <= peak_of_live(case[0])
    assert plan == plan_memory(*case)
    assert arena_bytes(*case) == plan.size


@given(st.lists(st.integers(1, 999), min_size=1, max_size=12))
def test_a_chain_in_place_needs_its_largest_buffer(sizes: list[int]) -> None:
    buffers = [Buffer(size, step, step + 1) for step, size in enumerate(sizes)]
    overlaps = [Overlap(n, n + 1, 0) for n in range(len(sizes) - 1)]
    assert plan_memory(buffers, overlaps).size == align(max(sizes))


@st.composite
def chains(draw: st.DrawFn) -> tuple[list[int], list[int], list[tuple[int, int] | None]]:
    """Bytes of activations and scratch, and leads with their moduli; the input may be outside."""
    ops = draw(st.integers(1, 9))
    sizes = draw(st.lists(st.integers(1, 400), min_size=ops + 1, max_size=ops + 1))
    scratch = draw(st.lists(st.sampled_from((0, 0, 5, 40, 150)), min_size=ops, max_size=ops))
    lead = st.none() | st.tuples(st.integers(-400, 400), st.sampled_from((1, 1, 3, 8, 10)))
    leads = draw(st.lists(lead, min_size=ops, max_size=ops))
    if draw(st.booleans()):
        sizes[0], leads[0] = 0, None
    return sizes, scratch, leads


@given(chains())
def test_the_size_of_a_chain_is_that_of_its_plan(
    chain: tuple[list[int], list[int], list[tuple[int, int] | None]],
) -> None:
    sizes, scratch, leads = chain
    last = len(scratch) - 1
    buffers = [Buffer(size, max(n - 1, 0), min(n, last)) for n, size in enumerate(sizes)]
    buffers += [Buffer(size, n, n) for n, size in enumerate(scratch)]
    overlaps = [Overlap(n, n + 1, *lead) for n, lead in enumerate(leads) if lead]
    gaps = [lead and gap_of(*lead, *sizes[n : n + 2]) for n, lead in enumerate(leads)]
    assert chain_bytes(sizes, scratch, gaps) == plan_memory(buffers, overlaps).size


def test_a_chain_needs_no_more_than_its_largest_neighbours() -> None:
    sizes = (400, 300, 500, 100, 50)
    buffers = [Buffer(size, max(i - 1, 0), min(i, 3)) for i, size in enumerate(sizes)]
    assert plan_memory(buffers).size == 800


def test_leads_add_up_along_a_chain() -> None:
    """Each output must start 8 bytes below its input: three of them, two leads."""
    buffers = [Buffer(100, step, step + 1) for step in range(3)]
    overlaps = [Overlap(0, 1, 8), Overlap(1, 2, 8)]
    plan = plan_memory(buffers, overlaps)
    assert plan == MemoryPlan((16, 8, 0), 116)
    assert peak_of_live(buffers, overlaps) == 108


def test_a_growing_output_has_its_input_at_its_end() -> None:
    buffers = [Buffer(100, 0, 1), Buffer(200, 1, 2)]
    assert plan_memory(buffers, [Overlap(0, 1, 97)]) == MemoryPlan((100, 0), 200)


def test_a_gap_that_is_no_multiple_is_not_used() -> None:
    buffers = [Buffer(96, 0, 1), Buffer(96, 1, 2)]
    plan = plan_memory(buffers, [Overlap(0, 1, 4, 12)])
    assert plan == MemoryPlan((12, 0), 108)


def test_an_input_that_lives_on_is_not_shared() -> None:
    buffers = [Buffer(100, 0, 2), Buffer(100, 1, 2)]
    assert plan_memory(buffers, [Overlap(0, 1, 0)]).size == 200


def test_nothing_needs_nothing() -> None:
    assert plan_memory(()) == MemoryPlan((), 0)
    assert peak_of_live(()) == 0
