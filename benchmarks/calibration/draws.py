"""Random choices for designs that are only built, before any cost table exists."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T", int, float, str)


class Draws:
    """Uniform choices of the smaller half of the options; the same seed gives the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def choice(self, name: str, options: Sequence[T]) -> T:
        del name
        return self._random.choice(options[: len(options) // 2 + 1])

    def integer(self, name: str, low: int, high: int, step: int = 1) -> int:
        return self.choice(name, range(low, high + 1, step))

    def boolean(self, name: str) -> bool:
        del name
        return self._random.random() < 0.5
