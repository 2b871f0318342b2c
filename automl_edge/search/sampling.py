"""Draws candidates from search spaces and rates them, without Keras or TensorFlow.

A draw costs some hundred microseconds, so thousands are looked at before one is trained.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from automl_edge.catalog import line_of_error
from automl_edge.cost import describe_architecture, footprint
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.domain.candidate import (
    Candidate,
    Design,
    SearchSpace,
    Task,
    Values,
)
from automl_edge.domain.footprint import Resource, Violation
from automl_edge.domain.target import Budget, Target
from automl_edge.errors import AutomlEdgeError, TargetError
from automl_edge.search.choices import NearbyChoices, RandomChoices, RecordedChoices

PATIENCE = 5000
"""Draws in a row without a new feasible candidate after which sampling ends."""

_WARM_UP = 200


def rate(
    space: SearchSpace,
    hp: RecordedChoices,
    task: Task,
    target: Target,
    corrections: Corrections = NO_CORRECTIONS,
) -> Candidate:
    """Build the design that ``hp`` describes and predict what it costs on ``target``.

    Raises TargetError, with the line of the space's file, if the space fails to build it.
    """
    design = build_design(space, hp, task)
    try:
        workload = describe_architecture(design.architecture)
    except (ValueError, IndexError) as problem:
        raise TargetError(
            f"the search space {space.NAME} built an impossible network from "
            f"{dict(hp.values)}: {problem}"
        ) from problem
    cost = footprint(workload, design.features, target, corrections)
    return Candidate(space.NAME, hp.values, design, cost)


def build_design(space: SearchSpace, hp: RecordedChoices, task: Task) -> Design:
    """The design that ``hp`` describes; raises TargetError as ``rate`` does."""
    try:
        design = space.build(hp, task)
    except AutomlEdgeError:
        raise
    except Exception as problem:  # a user's file may raise anything
        file = getattr(space, "__file__", None) or space.NAME
        raise TargetError(
            f"{line_of_error(problem, file)}: {type(problem).__name__}: {problem}",
            "The search space failed to build a design; correct its build function.",
        ) from problem
    if not isinstance(design, Design):
        raise TargetError(
            f"build of the search space {space.NAME} returned {type(design).__name__}",
            "It must return a Design.",
        )
    return design


@dataclass(frozen=True, slots=True)
class Tally:
    """What sampling has seen: how many draws, and what was wrong with the rejected ones.

    ``nearest`` is the rejected candidate that is the least over, and ``violations`` what it
    breaks, worst first. ``relaxed`` has each ceiling that some rejected candidates broke alone,
    with the least that one of them needs, the smallest excess first.
    """

    sampled: int = 0
    feasible: int = 0
    infeasible: int = 0
    nearest: Candidate | None = None
    violations: tuple[Violation, ...] = ()
    relaxed: tuple[Violation, ...] = ()


class FeasibleSampler:
    """Iterates over feasible candidates, all different; ``tally`` tells what was rejected.

    Half of the draws are uniform and half are limited to a random part of the options,
    from the small end, so that tight budgets are met soon. While nothing fits, every
    second draw varies the nearest candidate. Ends after PATIENCE draws in a row that
    brought nothing new.
    """

    def __init__(
        self,
        spaces: Sequence[SearchSpace],
        task: Task,
        target: Target,
        budget: Budget,
        seed: int = 1,
        corrections: Corrections = NO_CORRECTIONS,
    ) -> None:
        self._spaces = {space.NAME: space for space in spaces}
        self._task, self._target, self._budget = task, target, budget
        self._corrections = corrections
        self._random = random.Random(seed)
        self._seen: set[tuple[str, Values]] = set()
        self._sampled = 0
        self._feasible = 0
        self._infeasible = 0
        self._nearest: tuple[float, Candidate | None] = (math.inf, None)
        self._relaxed: dict[Resource, Violation] = {}

    @property
    def tally(self) -> Tally:
        """The counts so far."""
        nearest = self._nearest[1]
        return Tally(
            self._sampled,
            self._feasible,
            self._infeasible,
            nearest,
            nearest.footprint.violations(self._budget) if nearest else (),
            tuple(sorted(self._relaxed.values(), key=lambda violation: violation.excess)),
        )

    def __iter__(self) -> Iterator[Candidate]:
        return self

    def __next__(self) -> Candidate:
        for _ in range(PATIENCE):
            candidate = self.draw()
            if candidate is not None:
                return candidate
        raise StopIteration

    def draw(self) -> Candidate | None:
        """One draw: a new feasible candidate, or None if it is infeasible or was seen before."""
        candidate = self._rated_draw()
        key = (candidate.space, candidate.values)
        self._sampled += 1
        if key in self._seen:
            return None
        self._seen.add(key)
        violations = candidate.footprint.violations(self._budget)
        if not violations:
            self._feasible += 1
            return candidate
        self._infeasible += 1
        if len(violations) == 1:
            self._note_alone(violations[0])
        if violations[0].excess < self._nearest[0]:
            self._nearest = (violations[0].excess, candidate)
        return None

    def _note_alone(self, broken: Violation) -> None:
        """Keep the least that a candidate needs of the one ceiling that it breaks."""
        known = self._relaxed.get(broken.resource)
        if known is None or broken.needed < known.needed:
            self._relaxed[broken.resource] = broken

    def _rated_draw(self) -> Candidate:
        nearest = self._nearest[1]
        if nearest and not self._feasible and self._sampled > _WARM_UP and self._sampled % 2:
            space = self._spaces[nearest.space]
            hp: RandomChoices = NearbyChoices(nearest.values, self._random)
        else:
            space = self._random.choice(list(self._spaces.values()))
            small = self._random.random() < 0.5
            hp = RandomChoices(self._random, self._random.random() if small else 1.0)
        return rate(space, hp, self._task, self._target, self._corrections)


def sample_feasible(
    spaces: Sequence[SearchSpace],
    task: Task,
    target: Target,
    budget: Budget,
    seed: int = 1,
    corrections: Corrections = NO_CORRECTIONS,
) -> FeasibleSampler:
    """Iterate over distinct candidates of ``spaces`` that fit ``budget`` on ``target``.

    Deterministic in ``seed`` and ``corrections``. Raises TargetError if no space is given.
    """
    if not spaces:
        raise TargetError("there is no search space to draw from")
    return FeasibleSampler(spaces, task, target, budget, seed, corrections)
