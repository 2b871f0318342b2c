"""Which of several trainings is the best for what the user wants most."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automl_edge.domain.footprint import Footprint
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Budget
from automl_edge.search.records import Ended, Stage

_STAGES = list(Stage)

KNOWN_ERRORS = 2.0
"""A well-known design is preferred if it is at most so many standard errors below the best."""


def standard_error(accuracy: float, recordings: int) -> float:
    """Of an ``accuracy`` (0 to 1) that was measured on so many recordings.

    After Agresti and Coull, "Approximate is better than exact" (1998), with z = 1: half a
    success and half a failure are added, so that a perfect score is not taken as certain.
    """
    count = recordings + 1
    share = (accuracy * recordings + 0.5) / count
    return math.sqrt(share * (1 - share) / count)


@dataclass(frozen=True, slots=True)
class Judge:
    """What decides between trainings, beside their scores: what the user wants most, the
    ``budget``, the number of validation ``recordings``, what a training's design costs, and whether
    that is ``known`` to be good on other people's data."""

    wish: Optimize
    budget: Budget
    recordings: int
    cost_of: Callable[[Ended], Footprint]
    known: Callable[[Ended], bool]


def ranked(ended: Iterable[Ended], judge: Judge) -> list[Ended]:
    """The trainings that succeeded, best first.

    Among those within one standard error of the most accurate, validation cannot tell which is
    better (the rule of Breiman, Friedman, Olshen and Stone, "Classification and Regression
    Trees", 1984). For SIZE and SPEED the cheapest of them comes first. For BALANCED it is a
    well-known design, also from a little further below (KNOWN_ERRORS), because the best of many
    that were tried owes more to luck; of several the one with the most MACs, which gains most by
    what training is still to come.
    """
    best_first = sorted(
        (each for each in ended if not each.failure),
        key=lambda each: (-each.score, -each.float_score, each.number),
    )
    if not best_first or not judge.recordings:
        return best_first
    balanced = judge.wish is Optimize.BALANCED
    top = best_first[0].score
    least = top - (KNOWN_ERRORS if balanced else 1) * standard_error(top, judge.recordings)
    alike = [each for each in best_first if each.score >= least]
    if balanced:
        alike.sort(key=lambda each: -judge.cost_of(each).macs if judge.known(each) else 0)
    else:
        alike.sort(key=lambda each: _cost(judge.cost_of(each), judge.wish, judge.budget))
    return alike + best_first[len(alike) :]


def longest(ended: Iterable[Ended], recordings: int) -> list[Ended]:
    """One training of each design: the longest that succeeded.

    The shorter ones are other draws of what the design can reach, and the best of several draws
    would favour designs that were lucky once. A training that lost more than one standard error
    of what it began with went wrong, and does not count; where ``recordings`` are not known, one
    that lost anything.
    """
    chosen: dict[int, Ended] = {}
    for each in sorted((e for e in ended if not e.failure), key=lambda e: _STAGES.index(e.stage)):
        before = chosen.get(each.parent)
        if before is None or each.score >= before.score - _doubt(before.score, recordings):
            chosen[each.parent] = each
    return list(chosen.values())


def _doubt(accuracy: float, recordings: int) -> float:
    return standard_error(accuracy, recordings) if recordings else 0.0


def _cost(footprint: Footprint, wish: Optimize, budget: Budget) -> float:
    """Milliseconds, or flash and RAM as shares of what they may be."""
    if wish is Optimize.SPEED:
        return footprint.latency_ms
    return footprint.flash_bytes / budget.flash_bytes + footprint.ram_bytes / budget.ram_bytes
