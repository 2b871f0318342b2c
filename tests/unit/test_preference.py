"""Which training wins: by accuracy, or the cheapest of those that cannot be told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_edge.domain.footprint import Footprint
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Budget
from automl_edge.search.preference import Judge, longest, ranked, standard_error
from automl_edge.search.records import Ended, Proposal, Stage

BUDGET = Budget(10_000, 10_000, 100.0)
RECORDINGS = 99
"""At 90 % one standard error of so many is 3 points."""

COSTS = {
    0: Footprint(9_000, 9_000, 90.0, 40, ()),
    1: Footprint(9_000, 1_000, 5.0, 20, ()),
    2: Footprint(2_000, 3_000, 50.0, 30, ()),
    3: Footprint(100, 100, 1.0, 10, ()),
}
SCORES = (0.90, 0.89, 0.88, 0.80)


def _ended(number: int, score: float, failure: str = "") -> Ended:
    proposal = Proposal("space", (("number", number),))
    return Ended(number, Stage.TRIAL, proposal, score, score, 1, 1, number, failure=failure)


TRIALS = [_ended(number, score) for number, score in enumerate(SCORES)]


def _judge(wish: Optimize, recordings: int, known: tuple[int, ...] = ()) -> Judge:
    return Judge(
        wish,
        BUDGET,
        recordings,
        lambda ended: COSTS[ended.number],
        lambda ended: ended.number in known,
    )


def _order(wish: Optimize, recordings: int = RECORDINGS, known: tuple[int, ...] = ()) -> list[int]:
    return [ended.number for ended in ranked(TRIALS, _judge(wish, recordings, known))]


@pytest.mark.parametrize(
    ("wish", "order"),
    [
        (Optimize.BALANCED, [0, 1, 2, 3]),
        (Optimize.SIZE, [2, 1, 0, 3]),
        (Optimize.SPEED, [1, 2, 0, 3]),
    ],
)
def test_the_cheapest_of_those_alike_comes_first(wish: Optimize, order: list[int]) -> None:
    assert _order(wish) == order


@pytest.mark.parametrize(
    ("known", "order"),
    [((2,), [2, 0, 1, 3]), ((1, 2), [2, 1, 0, 3]), ((3,), [0, 1, 2, 3]), ((0,), [0, 1, 2, 3])],
)
def test_of_those_alike_the_well_known_one_that_computes_most_is_taken(
    known: tuple[int, ...], order: list[int]
) -> None:
    assert _order(Optimize.BALANCED, known=known) == order


def test_a_well_known_one_may_be_two_standard_errors_behind() -> None:
    few = 24
    assert 1 < (SCORES[0] - SCORES[3]) / standard_error(SCORES[0], few) < 2
    assert _order(Optimize.BALANCED, few, known=(3,)) == [3, 0, 1, 2]
    assert _order(Optimize.SPEED, few, known=(3,)) == [1, 2, 0, 3]


def test_without_validation_only_scores_count() -> None:
    for wish in Optimize:
        assert _order(wish, 0, known=(2,)) == [0, 1, 2, 3]


def test_with_more_recordings_fewer_are_alike() -> None:
    assert _order(Optimize.SIZE, 10_000) == [0, 1, 2, 3]


def test_what_failed_is_left_out() -> None:
    failed = _ended(4, 0.0, "no")
    assert failed not in ranked([failed], _judge(Optimize.SIZE, 9))


def test_a_perfect_score_is_uncertain_too() -> None:
    assert standard_error(0.5, 99) == pytest.approx(0.05)
    assert 0 < standard_error(1.0, 20) < 0.04


def test_a_design_is_judged_by_its_longest_training_unless_that_went_wrong() -> None:
    def trained(number: int, stage: Stage, score: float, parent: int, failure: str = "") -> Ended:
        return replace(_ended(number, score, failure), stage=stage, parent=parent)

    lucky = [trained(4, Stage.LONGER, 0.95, 0), trained(7, Stage.FINAL, 0.94, 0)]
    broken = [trained(5, Stage.LONGER, 0.91, 1), trained(8, Stage.FINAL, 0.0, 1, "no memory")]
    spoilt = [trained(6, Stage.LONGER, 0.90, 2), trained(9, Stage.FINAL, 0.5, 2)]
    found = longest([*spoilt, *broken, *lucky, *TRIALS], RECORDINGS)
    assert {ended.number for ended in found} == {7, 5, 6, 3}
