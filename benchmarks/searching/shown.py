"""Which of the results are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from searching.results import Result
from searching.runs import Choice, Key, Method


@dataclass(frozen=True, slots=True)
class Asked:
    """Which results are shown: those of ``minutes``, of each run the one whose tag comes first."""

    minutes: float
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The results that are shown, by set, budget and method."""

    choice: Choice
    results: tuple[Result, ...]

    @staticmethod
    def of(results: Sequence[Result], choice: Choice, asked: Asked) -> Shown:
        """Those of ``results`` that are asked for, in the order of their seeds."""
        kept: dict[Key, Result] = {}
        for tag in asked.tags:
            for result in results:
                key = result.key
                if (key.tag, key.minutes) == (tag, asked.minutes) and key.seed in choice.seeds:
                    kept.setdefault(replace(key, tag=""), result)
        return Shown(choice, tuple(sorted(kept.values(), key=lambda result: result.key.seed)))

    def of_seeds(self, seeds: Collection[int]) -> Shown:
        """Those of ``seeds`` alone."""
        return Shown(self.choice, tuple(r for r in self.results if r.key.seed in seeds))

    @property
    def cases(self) -> Iterator[tuple[str, str]]:
        """Sets and budgets."""
        return ((data, budget) for data in self.choice.sets for budget in self.choice.budgets)

    def runs(self, data: str, budget: str, method: Method) -> tuple[Result, ...]:
        """One result a seed."""
        wanted = (data, budget, method)
        return tuple(
            result
            for result in self.results
            if (result.key.data, result.key.budget, result.key.method) == wanted
        )

    def pairs(self, data: str, budget: str, other: Method) -> list[tuple[Result, Result]]:
        """The fits and the runs of ``other`` on the same splits."""
        return paired(self.runs(data, budget, Method.FIT), self.runs(data, budget, other))


def paired(ours: Sequence[Result], theirs: Sequence[Result]) -> list[tuple[Result, Result]]:
    """Those of the same splits."""
    of = {result.key.seed: result for result in theirs}
    return [(our, of[our.key.seed]) for our in ours if our.key.seed in of]
