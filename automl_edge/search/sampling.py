"""Draws candidates from search spaces and rates them, without Keras or TensorFlow.

A draw costs some hundred microseconds, so thousands are looked at before one is trained.
"""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from automl_edge.catalog import line_of_error
from automl_edge.cost import describe_architecture, footprint
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.domain.candidate import (
    Candidate,
    Design,
    HyperParameters,
    SearchSpace,
    Task,
    Value,
    Values,
)
from automl_edge.domain.footprint import Resource, Violation
from automl_edge.domain.target import Budget, Target
from automl_edge.errors import AutomlEdgeError, TargetError

T = TypeVar("T", int, float, str)

PATIENCE = 5000
"""Draws in a row without a new feasible candidate after which sampling ends."""

_WARM_UP = 200
_CHANGED = 0.3


class RecordedChoices(HyperParameters, Protocol):
    """Hyperparameters that remember what was chosen."""

    @property
    def values(self) -> Values:
        """Names and chosen values, in the order in which they were asked for."""


class _Choices(ABC):
    """Remembers each choice; the same name always gets the same answer."""

    def __init__(self) -> None:
        self._chosen: dict[str, Value] = {}

    @property
    def values(self) -> Values:
        """Names and chosen values, in the order in which they were asked for."""
        return tuple(self._chosen.items())

    def choice(self, name: str, options: Sequence[T]) -> T:
        """One of ``options``."""
        if name not in self._chosen:
            self._chosen[name] = self._pick(name, options)
        return self._chosen[name]  # type: ignore[return-value]

    def integer(self, name: str, low: int, high: int, step: int = 1) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return self.choice(name, range(low, high + 1, step))

    def boolean(self, name: str) -> bool:
        """True or False."""
        if name not in self._chosen:
            self._chosen[name] = bool(self._pick(name, (False, True)))
        return bool(self._chosen[name])

    @abstractmethod
    def _pick(self, name: str, options: Sequence[T]) -> T:
        """One of ``options``, for a name that is asked for the first time."""


class RandomChoices(_Choices):
    """Uniform choices; the same seed gives the same ones.

    ``ceiling`` below 1 leaves only that part of each list of options, from its start:
    spaces list them from small to large cost, so this draws small designs.
    """

    def __init__(self, seed: int | random.Random, ceiling: float = 1.0) -> None:
        super().__init__()
        self._random = seed if isinstance(seed, random.Random) else random.Random(seed)
        self._ceiling = ceiling

    def _pick(self, name: str, options: Sequence[T]) -> T:
        del name
        allowed = max(1, math.ceil(len(options) * self._ceiling))
        return options[int(self._random.random() * allowed)]


class NearbyChoices(RandomChoices):
    """The choices of another candidate, a share of them drawn anew; so is what it lacks."""

    def __init__(
        self, values: Values, seed: int | random.Random, changed: float = _CHANGED
    ) -> None:
        super().__init__(seed)
        self._parent = dict(values)
        self._changed = changed

    def _pick(self, name: str, options: Sequence[T]) -> T:
        kept = self._parent.get(name)
        if self._random.random() >= self._changed and kept in options:
            return next(option for option in options if option == kept)
        return super()._pick(name, options)


class FixedChoices(_Choices):
    """Choices made before, from a journal or a report.

    Raises TargetError when the space asks for a name that was not chosen, or the chosen
    value is no longer one of its options: the space has changed since.
    """

    def __init__(self, values: Values | Mapping[str, Value]) -> None:
        super().__init__()
        self._given = dict(values)

    def _pick(self, name: str, options: Sequence[T]) -> T:
        if name not in self._given:
            raise TargetError(
                f"the search space asks for {name!r}, which these choices do not have",
                "The space has changed since; start a new run.",
            )
        value = self._given[name]
        if value not in options:
            raise TargetError(
                f"{name} = {value!r} is none of the search space's options {list(options)}",
                "The space has changed since; start a new run.",
            )
        return next(option for option in options if option == value)


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
    design = _build(space, hp, task)
    try:
        workload = describe_architecture(design.architecture)
    except (ValueError, IndexError) as problem:
        raise TargetError(
            f"the search space {space.NAME} built an impossible network from "
            f"{dict(hp.values)}: {problem}"
        ) from problem
    cost = footprint(workload, design.features, target, corrections)
    return Candidate(space.NAME, hp.values, design, cost)


def _build(space: SearchSpace, hp: RecordedChoices, task: Task) -> Design:
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

    ``binding`` counts rejected draws by the constraint that they broke worst. ``nearest``
    is the rejected candidate that is the least over, and ``violations`` what it breaks,
    worst first. ``relaxed`` has each ceiling that some rejected candidates broke alone, with
    the least that one of them needs, the smallest excess first.
    """

    sampled: int = 0
    feasible: int = 0
    infeasible: int = 0
    binding: tuple[tuple[Resource, int], ...] = ()
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
        self._binding = dict.fromkeys(Resource, 0)
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
            tuple((resource, count) for resource, count in self._binding.items() if count),
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
        self._binding[violations[0].resource] += 1
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
