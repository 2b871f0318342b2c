"""Which design to train next: first large ones that fit, then variations of the best.

Where size or speed is wished for, one large design of each space shows what can be reached, and
smaller ones follow.

A pure function of the seed, the number of the trial, what has ended and what was measured,
so that a resumed search proposes what an uninterrupted one would have. No Keras here:
thousands of designs are rated for one that is trained.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from automl_edge.costs.correction import Corrections
from automl_edge.domain.candidate import Candidate, Values
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Budget
from automl_edge.search.capacity import capacity, largest, leading, untried
from automl_edge.search.choices import FixedChoices, NearbyChoices, RecordedChoices
from automl_edge.search.known import largest_known
from automl_edge.search.mirroring import may_turn
from automl_edge.search.problem import Problem
from automl_edge.search.records import Ended, Proposal, Recipe, Stage
from automl_edge.search.sampling import Tally, sample_feasible

T = TypeVar("T", float, bool)

Named = tuple[str, Values]
"""A design: its space, and the choices in that."""

POOL = 1500
"""Feasible designs that are drawn before the first training; about a second."""

FIRST = 6
"""Among so many trials every other one is of a large design, in each space by turns and at least
once; where some spaces start from pretrained weights, in these. The others vary the best."""

LARGE = 0.15
"""The share of a space's pool, by capacity, that the first trials are taken from."""

PARENTS = 3
FEW = 4
"""Of so few trials the best alone is varied, of twice as many the best two."""

NEW_BLOOD = 0.2
"""The share of later trials that are again drawn from the large designs of the pool."""

SMALL_TURN = 5
"""Of so many trials one is of a small design, for those who would rather save memory: the last, or
where some spaces start from pretrained weights, and few trials may be all there is time for, the
first after one of each of these."""

SMALL = 0.5
"""The share of flash and of RAM that a small design may take, of what an expert's choice takes: of
each space the known network with the most flash is as large as the budget allows, and of these
the leanest counts."""

SMALL_CHOICE = 8
"""A small design is one of so many of its kind, those with the most capacity."""

UNLIMITED_POOL = 400
CLEARLY_MORE = 1.5
NO_LIMITS = Budget(1 << 40, 1 << 40, 1e12)

VARIATIONS = 300
SHRINK = 0.6
"""Variations keep this share of their parent's capacity at least, unless none fits."""

KEPT = 0.7
LEARNING_RATES = (4e-3, 8e-3, 1.6e-2)
STRENGTHS = (0.5, 1.0, 1.5)


class Proposer:
    """Proposes feasible designs; ``tally`` tells what sampling saw.

    ``problem`` changes its corrections when something was learnt: see ``correct``.

    ``most_macs`` is the largest network (MACs) that the time allows to train well.
    """

    def __init__(self, problem: Problem, seed: int, most_macs: float = math.inf) -> None:
        self.problem = problem
        self._seed = seed
        sampler = sample_feasible(
            problem.spaces,
            problem.task,
            problem.target,
            problem.budget,
            seed,
            problem.corrections,
        )
        drawn = tuple(islice(sampler, POOL))
        self.tally: Tally = sampler.tally
        small_enough = [c for c in drawn if c.footprint.macs <= most_macs]
        if drawn and not small_enough:
            small_enough = [min(drawn, key=lambda c: c.footprint.macs)]
        self._most_macs = most_macs
        self._pool = tuple(small_enough)
        self._drawn = tuple(largest(space, small_enough, LARGE) for space in problem.spaces)
        self._drawn_varied = self._drawn
        if problem.optimize is not Optimize.BALANCED:
            self._drawn_varied = tuple(largest(s, small_enough, 1.0) for s in problem.spaces)
        self._large, self._varied = self._drawn, self._drawn_varied
        self._missed: frozenset[Named] = frozenset()
        self._find_known()

    @property
    def empty(self) -> bool:
        """Whether nothing at all fits."""
        return not any(self._drawn)

    def correct(self, corrections: Corrections, missed: Iterable[Named] = ()) -> None:
        """Rate all that is proposed from now on by ``corrections``; ``missed`` are the designs
        that were measured to be over the budget, whatever is predicted.

        Of the drawn designs those stay that fit as corrected, or all where nothing does.
        """
        self.problem = replace(self.problem, corrections=corrections)
        self._missed = frozenset(missed)
        self._large = self._still_fitting(self._drawn)
        same = self._drawn_varied is self._drawn
        self._varied = self._large if same else self._still_fitting(self._drawn_varied)
        self._find_known()

    def _still_fitting(
        self, drawn: tuple[tuple[Candidate, ...], ...]
    ) -> tuple[tuple[Candidate, ...], ...]:
        """Of each space those that fit as corrected; where none is left, as many smaller ones."""
        left = tuple(tuple(filter(self._still_fits, own)) or self._smaller(own) for own in drawn)
        return left if any(left) else drawn

    def _smaller(self, drawn: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        own = [each for each in self._pool if drawn and each.space == drawn[0].space]
        largest_first = sorted(own, key=capacity, reverse=True)
        return tuple(islice(filter(self._still_fits, largest_first), len(drawn)))

    def _find_known(self) -> None:
        """The networks known to be good, as large as fits: of each space the first that time
        allows to train, and what an expert would choose, the leanest of the spaces' largest."""
        self._known = {own[0].space: own[0] for own in self._largest_known(self._fits)}
        largest = (max(own, key=_flash) for own in self._largest_known(self._in_budget))
        self._leanest = min(largest, key=_flash, default=None)

    def _largest_known(self, fits: Callable[[Candidate], bool]) -> list[list[Candidate]]:
        """Of each space that knows some that fit."""
        task = self.problem.task
        found = (
            list(largest_known(space, task, self._seed, self._rated, fits))
            for space in self.problem.spaces
        )
        return [own for own in found if own]

    def _still_fits(self, drawn: Candidate) -> bool:
        return self._in_budget(self._rated(drawn.space, FixedChoices(drawn.values)))

    def propose(
        self, number: int, ended: Sequence[Ended], ongoing: Sequence[Proposal] = ()
    ) -> Proposal | None:
        """The proposal for trial ``number``; None when no new design can be found.

        ``ongoing`` are trials that have begun and not ended.
        """
        chance = random.Random(f"{self._seed}:{number}")
        trials = [trial for trial in ended if trial.stage is Stage.TRIAL]
        begun = (*(trial.proposal for trial in trials), *ongoing)
        tried = {(proposal.space, proposal.values) for proposal in begun}
        good = self.problem.promising(trials)
        designs = self._large if number < len(self._large) else self._varied
        spaces = [own for own in designs if own]
        recipe = usual = may_turn(trials, Recipe())
        drawn: Candidate | None = None
        ahead = leading(spaces)
        leader = next((each.proposal for each in good), next(iter(ongoing), None))
        if leader and number % SMALL_TURN == _small_turn(ahead):
            best = self._rated(leader.space, FixedChoices(leader.values))
            families = {own[0].space for own in ahead}
            drawn = self._small_known(best, families, tried)
            drawn = drawn or untried(self._small(best, families), tried, chance)
        elif not good or number < len(ahead) or (number < FIRST and number % 2):
            turn = number if number < len(ahead) else (number - len(ahead)) // 2
            own = ahead[turn % len(ahead)]
            known = self._known.get(own[0].space)
            is_new = known is not None and (known.space, known.values) not in tried
            drawn = known if is_new else untried(own, tried, chance)
        elif number < FIRST or chance.random() >= NEW_BLOOD:
            parents = good[: min(PARENTS, 1 + number // FEW)]
            parent = chance.choice(parents).proposal
            drawn = self._variation(parent, tried, chance)
            recipe = _varied(chance, parent.recipe, usual)
        if drawn is None:
            drawn = untried(chance.choice(ahead if number < FIRST else spaces), tried, chance)
        if drawn is None:
            drawn = untried([c for own in spaces for c in own], tried, chance)
        return Proposal(drawn.space, drawn.values, recipe) if drawn else None

    def unlimited(self, winner: Candidate, most_macs: float) -> Candidate | None:
        """The design of the winner's family that could learn most, whether or not it fits.

        It has ``most_macs`` at most. None if that is hardly more than the winner can learn.
        """
        problem = self.problem
        spaces = (problem.space(winner.space),)
        sampler = sample_feasible(spaces, problem.task, problem.target, NO_LIMITS, self._seed)
        pool = [c for c in islice(sampler, UNLIMITED_POOL) if c.footprint.macs <= most_macs]
        best = max(pool, key=capacity, default=winner)
        return best if capacity(best) > capacity(winner) + math.log(CLEARLY_MORE) else None

    def _small_known(
        self, best: Candidate, families: Container[str], tried: Container[Named]
    ) -> Candidate | None:
        """The largest size that is small of a well-known network that is new; one of the family of
        ``best`` first."""
        known = self._largest_known(lambda each: self._fits(each) and self.is_small(each, best))
        own = (each[0] for each in known if each[0].space in families)
        new = (each for each in own if (each.space, each.values) not in tried)
        return min(new, key=lambda each: each.space != best.space, default=None)

    def _small(self, best: Candidate, families: Container[str]) -> Sequence[Candidate]:
        """The largest designs of the pool that are small beside ``best``."""
        own = (each for each in self._pool if each.space in families)
        small = (each for each in own if self.is_small(each, best))
        largest_first = sorted(small, key=capacity, reverse=True)
        return list(islice(filter(self._still_fits, largest_first), SMALL_CHOICE))

    def is_small(self, candidate: Candidate, best: Candidate) -> bool:
        """Whether ``candidate`` takes less flash or RAM than ``best`` and more of neither, and at
        most half of what an expert's choice would; half of ``best`` where no network is known to
        be good."""
        own, whole = (
            (each.footprint.flash_bytes, each.footprint.ram_bytes) for each in (candidate, best)
        )
        is_less = own != whole and own[0] <= whole[0] and own[1] <= whole[1]
        return is_less and self._is_lean(candidate, best)

    def is_well_known(self, ended: Ended) -> bool:
        """Whether its design is well known, and not a small size of such a one."""
        own = self._rated(ended.proposal.space, FixedChoices(ended.proposal.values))
        return self.problem.knows(ended) and not self._is_lean(own, own)

    def _is_lean(self, candidate: Candidate, best: Candidate) -> bool:
        own, least = candidate.footprint, (self._leanest or best).footprint
        few = own.flash_bytes <= SMALL * least.flash_bytes
        return few and own.ram_bytes <= SMALL * least.ram_bytes

    def _variation(
        self, parent: Proposal, tried: set[Named], chance: random.Random
    ) -> Candidate | None:
        """A new feasible neighbour of ``parent``, if possible one that is not much smaller.

        Where size or speed is wished for, it may be as small as it will.
        """
        least = capacity(self._rated(parent.space, FixedChoices(parent.values))) + math.log(SHRINK)
        smaller: Candidate | None = None
        for _ in range(VARIATIONS):
            candidate = self._rated(parent.space, NearbyChoices(parent.values, chance))
            if (candidate.space, candidate.values) in tried or not self._fits(candidate):
                continue
            if capacity(candidate) >= least or self.problem.optimize is not Optimize.BALANCED:
                return candidate
            smaller = smaller or candidate
        return smaller

    def _rated(self, space: str, choices: RecordedChoices) -> Candidate:
        return self.problem.rated(space, choices)

    def _fits(self, candidate: Candidate) -> bool:
        return candidate.footprint.macs <= self._most_macs and self._in_budget(candidate)

    def _in_budget(self, candidate: Candidate) -> bool:
        missed = (candidate.space, candidate.values) in self._missed
        return not missed and not candidate.footprint.violations(self.problem.budget)


def _small_turn(ahead: Sequence[Sequence[Candidate]]) -> int:
    """Which of SMALL_TURN trials is of a small design, where those ``ahead`` go first."""
    is_early = ahead[0][0].design.pretrained is not None
    return min(len(ahead), SMALL_TURN - 1) if is_early else SMALL_TURN - 1


def _flash(candidate: Candidate) -> int:
    return candidate.footprint.flash_bytes


def _varied(chance: random.Random, parent: Recipe, usual: Recipe) -> Recipe:
    return replace(
        usual,
        learning_rate=_near(chance, parent.learning_rate, LEARNING_RATES),
        strength=_near(chance, parent.strength, STRENGTHS),
    )


def _near(chance: random.Random, value: T, options: Sequence[T]) -> T:
    return value if chance.random() < KEPT else chance.choice(options)
