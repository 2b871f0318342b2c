"""Which of several trainings is the best for what the user wants most."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from automl_edge.domain.footprint import Footprint
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Budget
from automl_edge.search.records import Ended


def standard_error(accuracy: float, recordings: int) -> float:
    """Of an ``accuracy`` (0 to 1) that was measured on so many recordings.

    After Agresti and Coull, "Approximate is better than exact" (1998), with z = 1: half a
    success and half a failure are added, so that a perfect score is not taken as certain.
    """
    count = recordings + 1
    share = (accuracy * recordings + 0.5) / count
    return math.sqrt(share * (1 - share) / count)


def ranked(
    ended: Iterable[Ended],
    wish: Optimize,
    budget: Budget,
    recordings: int,
    cost_of: Callable[[Ended], Footprint],
) -> list[Ended]:
    """The trainings that succeeded, best first, judged on ``recordings`` of validation.

    By accuracy for BALANCED. For SIZE and SPEED those within one standard error of the most
    accurate come first, the cheapest of them at the head: the rule of Breiman, Friedman,
    Olshen and Stone, "Classification and Regression Trees" (1984).
    """
    best_first = sorted(
        (each for each in ended if not each.failure),
        key=lambda each: (-each.score, -each.float_score, each.number),
    )
    if wish is Optimize.BALANCED or not best_first:
        return best_first
    top = best_first[0].score
    least = top - standard_error(top, recordings)
    alike = [each for each in best_first if each.score >= least]
    alike.sort(key=lambda each: _cost(cost_of(each), wish, budget))
    return alike + best_first[len(alike) :]


def _cost(footprint: Footprint, wish: Optimize, budget: Budget) -> float:
    """Milliseconds, or flash and RAM as shares of what they may be."""
    if wish is Optimize.SPEED:
        return footprint.latency_ms
    return footprint.flash_bytes / budget.flash_bytes + footprint.ram_bytes / budget.ram_bytes
