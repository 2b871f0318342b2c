"""The Pareto set over accuracy, flash, RAM and latency, by its definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from automl_edge.report.searched import TrialPoint, front_of

few = st.integers(0, 3)
designs = st.lists(st.tuples(few, few, few, st.lists(few, min_size=1, max_size=3)), max_size=6)


def point(number: int, score: float, costs: tuple[int, int, float], parent: int) -> TrialPoint:
    return TrialPoint(number, "s", score, *costs, parent)


def test_a_point_may_be_ahead_by_any_of_the_four() -> None:
    best = point(0, 0.9, (900, 90, 9.0), 0)
    small = point(1, 0.8, (100, 90, 9.0), 1)
    lean = point(2, 0.8, (900, 10, 9.0), 2)
    fast = point(3, 0.8, (900, 90, 1.0), 3)
    beaten = point(4, 0.7, (900, 10, 9.0), 4)
    front = front_of((beaten, fast, lean, small, best), chosen=0)
    assert [each.number for each in front] == [0, 3, 1, 2]


def test_trainings_of_one_design_are_one_point() -> None:
    costs = (10, 10, 1.0)
    trial, final = point(0, 0.8, costs, 0), point(5, 0.9, costs, 0)
    assert front_of((trial, final), chosen=5) == (final,)
    worse = point(6, 0.7, costs, 0)
    assert front_of((trial, worse), chosen=0) == (trial,)


def test_of_equally_good_trainings_the_one_that_ships_is_shown() -> None:
    costs = (10, 10, 1.0)
    trial, final = point(0, 0.8, costs, 0), point(5, 0.8, costs, 0)
    assert front_of((trial, final), chosen=0) == (trial,)
    assert front_of((trial, final), chosen=9) == (final,)


def test_without_trainings_there_is_no_front() -> None:
    assert front_of((), chosen=0) == ()


NONE_OF_THEM = -1


def costs_of(each: TrialPoint) -> tuple[float, ...]:
    return (-each.score, each.flash_bytes, each.ram_bytes, each.latency_ms)


def no_worse(one: TrialPoint, other: TrialPoint) -> bool:
    return all(a <= b for a, b in zip(costs_of(one), costs_of(other), strict=True))


@given(designs)
def test_nothing_beats_what_is_on_the_front_and_it_beats_the_rest(
    rows: list[tuple[int, int, int, list[int]]],
) -> None:
    trials = [
        point(10 * design + again, score / 3, (flash, ram, float(latency)), 10 * design)
        for design, (flash, ram, latency, scores) in enumerate(rows)
        for again, score in enumerate(scores)
    ]
    front = front_of(trials, chosen=NONE_OF_THEM)
    assert len({each.parent for each in front}) == len(front)
    assert [each.score for each in front] == sorted((e.score for e in front), reverse=True)
    for trial in trials:
        if trial in front:
            better = [t for t in trials if no_worse(t, trial) and costs_of(t) != costs_of(trial)]
            assert not better
        else:
            assert any(no_worse(one, trial) for one in front)
