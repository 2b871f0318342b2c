"""What limits the accuracy, as the report says it: data, model, or neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_edge.report.search_words import cross_validated, limits, refit
from automl_edge.report.searched import (
    LearningPoint,
    Limit,
    SearchSummary,
    TrialPoint,
    UnlimitedSummary,
    front_of,
)

WON = TrialPoint(3, "s", 0.90, 1000, 1000, 1.0, 3)
LONG = replace(WON, number=5, score=0.96)
SEARCH = SearchSummary(10, 2, 4, 60.0, (WON, LONG), (LONG,), 5)


def _curve(*accuracies: float) -> tuple[LearningPoint, ...]:
    shares = (0.25, 0.5, 1.0)[-len(accuracies) :]
    return tuple(map(LearningPoint, shares, accuracies))


@pytest.mark.parametrize(
    ("curve", "unlimited", "limit"),
    [
        ((), None, None),
        ((0.80, 0.85, 0.89), None, Limit.DATA),
        ((0.88, 0.889, 0.89), None, None),
        ((0.88, 0.889, 0.89), 0.89, Limit.NEITHER),
        ((), 0.95, Limit.MODEL),
        ((), 0.89, None),
        ((0.80, 0.85, 0.89), 0.92, Limit.DATA),
        ((0.80, 0.87, 0.89), 0.95, Limit.MODEL),
    ],
)
def test_what_gains_most_is_named(
    curve: tuple[float, ...], unlimited: float | None, limit: Limit | None
) -> None:
    larger = UnlimitedSummary(unlimited, 12_000_000) if unlimited is not None else None
    search = replace(SEARCH, curve=_curve(*curve), unlimited=larger)
    assert search.limit is limit
    tried = bool(curve) + (larger is not None)
    assert len(limits(search)) == (tried + 1 if tried else 0)
    if tried == 1 and limit is None:
        assert "would not gain a point" in limits(search)[-1]


def test_a_quarter_and_all_of_the_data_do_not_tell_what_twice_as_much_gives() -> None:
    curve = (LearningPoint(0.25, 0.80), LearningPoint(1.0, 0.89))
    assert replace(SEARCH, curve=curve).limit is None


def test_the_chosen_training_is_on_the_front_even_if_others_look_better() -> None:
    longer = replace(WON, number=5, score=0.95)
    smaller = TrialPoint(4, "s", 0.97, 900, 900, 0.9, 4)
    assert front_of((WON, longer, smaller), chosen=3) == (smaller, WON)
    assert front_of((WON, longer, smaller), chosen=5) == (smaller, longer)


def test_the_report_says_what_was_seen() -> None:
    search = replace(
        SEARCH, curve=_curve(0.8, 0.85, 0.89), unlimited=UnlimitedSummary(0.92, 12_000_000)
    )
    assert limits(search) == (
        "trained shortly on 25, 50 and 100 % of the training part, its design reaches 80.0 %, "
        "85.0 % and 89.0 % on validation",
        "a network of 12 million multiplications, whether it fits or not, trained shortly too, "
        "reaches 92.0 %",
        "more samples would help most",
    )
    assert refit(search) == ""
    assert "from before" in refit(replace(search, refit=True))
    assert cross_validated(search) == ""
    assert "answers 91.2 % of" in cross_validated(replace(search, cross_validated=0.912))
