"""Which share of the time each stage of a search has."""

from __future__ import annotations

from collections.abc import Mapping

from automl_edge.domain.optimize import Optimize
from automl_edge.search.problem import Problem
from automl_edge.search.records import FOLDS, Stage

ENDS = {
    Stage.TRIAL: 0.26,
    Stage.LONGER: 0.36,
    Stage.FOLD: 0.36,
    Stage.FINAL: 0.54,
    Stage.REFIT: 0.93,
    Stage.UNLIMITED: 0.965,
    Stage.LESS: 1.0,
}
"""The share of the time at which each stage is to be over. A stage that needs less leaves the
rest to those after it.

The winner gets most of it, see docs/search.md."""

ENDS_WITH_FOLDS = {
    **ENDS,
    Stage.TRIAL: 0.2,
    Stage.LONGER: 0.28,
    Stage.FOLD: 0.5,
    Stage.FINAL: 0.6,
}
"""The same where the choice is cross-validated."""

ENDS_PRETRAINED = {
    **ENDS,
    Stage.TRIAL: 0.17,
    Stage.LONGER: 0.23,
    Stage.FOLD: 0.23,
    Stage.FINAL: 0.38,
}
"""The same where there are pretrained weights: it is known which of their networks are good, and
they are large and gain by every epoch."""


FEW_HELD_OUT = 150
"""Up to so many validation recordings the choice is cross-validated: the standard error of an
accuracy is three points or more."""

GROUPS_A_FOLD = 3


def has_folds(problem: Problem, groups: int) -> bool:
    """Whether the choice is cross-validated: few are held out, and there are ``groups`` to deal."""
    few = 0 < problem.validation <= FEW_HELD_OUT
    balanced = problem.optimize is Optimize.BALANCED
    return few and balanced and groups >= GROUPS_A_FOLD * FOLDS


def ends_of(problem: Problem, folds: bool) -> Mapping[Stage, float]:
    """Those of a search for ``problem``, whose choice is cross-validated or not."""
    if folds:
        return ENDS_WITH_FOLDS
    pretrained = problem.task.backbones and problem.optimize is Optimize.BALANCED
    return ENDS_PRETRAINED if pretrained else ENDS
