"""KerasTuner's HyperParameters, seen as the small protocol that search spaces speak.

One set of HyperParameters holds all spaces of a search: ``space`` names the family, and
the family's own choices carry its name as a prefix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from automl_edge.domain.candidate import Value, Values
from automl_edge.search.records import Proposal, Recipe

T = TypeVar("T", int, float, str)

SPACE = "space"
RECIPE = "train"


class KerasTunerChoices:
    """Meets the domain's HyperParameters by asking KerasTuner's, within one space."""

    def __init__(self, hyperparameters: Any, space: str) -> None:
        self._hyperparameters = hyperparameters
        self._space = space
        self._chosen: dict[str, Value] = {}

    @property
    def values(self) -> Values:
        """Names and chosen values, in the order in which they were asked for."""
        return tuple(self._chosen.items())

    def choice(self, name: str, options: Sequence[T]) -> T:
        """One of ``options``."""
        chosen: T = self._hyperparameters.Choice(self._full(name), list(options))
        return self._noted(name, chosen)

    def integer(self, name: str, low: int, high: int, step: int = 1) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return self._noted(name, int(self._hyperparameters.Int(self._full(name), low, high, step)))

    def boolean(self, name: str) -> bool:
        """True or False."""
        return bool(self._noted(name, bool(self._hyperparameters.Boolean(self._full(name)))))

    def _full(self, name: str) -> str:
        return f"{self._space}/{name}"

    def _noted(self, name: str, chosen: T) -> T:
        self._chosen[name] = chosen
        return chosen


def to_values(proposal: Proposal) -> dict[str, Value]:
    """``proposal`` as KerasTuner's flat values."""
    return {
        SPACE: proposal.space,
        **{f"{proposal.space}/{name}": value for name, value in proposal.values},
        f"{RECIPE}/learning_rate": proposal.recipe.learning_rate,
        f"{RECIPE}/strength": proposal.recipe.strength,
        f"{RECIPE}/mirror": proposal.recipe.mirror,
        f"{RECIPE}/flip": proposal.recipe.flip,
    }


def from_values(values: Mapping[str, Any]) -> Proposal:
    """The proposal that ``to_values`` was given."""
    space = str(values[SPACE])
    prefix = f"{space}/"
    own = tuple(
        (name.removeprefix(prefix), value)
        for name, value in values.items()
        if name.startswith(prefix)
    )
    recipe = Recipe(
        float(values[f"{RECIPE}/learning_rate"]),
        float(values[f"{RECIPE}/strength"]),
        bool(values[f"{RECIPE}/mirror"]),
        bool(values[f"{RECIPE}/flip"]),
    )
    return Proposal(space, own, recipe)
