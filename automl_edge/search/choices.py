"""Answers to a search space's questions: by chance, near to another design's, or recorded ones."""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar, cast

from automl_edge.domain.candidate import HyperParameters, Value, Values
from automl_edge.errors import TargetError

T = TypeVar("T", int, float, str)

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
        return cast(T, self._chosen[name])  # it was one of such options when it was chosen

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
