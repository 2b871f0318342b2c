"""What there is to run: sets, budgets, seeds and methods, and the name of each single run."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from automl_edge.catalog import load_target
from automl_edge.domain.target import Budget, Target

TARGET = "cortex-m4"
SETS = ("speech6", "trashnet128", "watch5")
PHOTOS = ("trashnet128",)
FIRST_SEEDS = (1, 2, 3)
LATER_SEEDS = (4, 5)
"""Those of splits that were run when the first had been looked at."""

SEEDS = (*FIRST_SEEDS, *LATER_SEEDS)
MINUTES = 10.0

KIB = 1024
ROOMY, TIGHT = "roomy", "tight"
BUDGETS = (ROOMY, TIGHT)
TIGHT_BYTES = {
    "speech6": (64 * KIB, 24 * KIB),
    "trashnet128": (64 * KIB, 24 * KIB),
    "watch5": (20 * KIB, 6 * KIB),
}
"""Flash and RAM of the tight budget; the roomy one is what TARGET leaves."""


class Method(StrEnum):
    """Who looks for the network."""

    FIT = "fit"
    EXPERT = "expert"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Key:
    """One run. ``seed`` is that of the training and says which split it is on; ``tag`` tells
    versions of the package apart."""

    data: str
    budget: str
    seed: int
    method: Method
    minutes: float
    tag: str

    def __str__(self) -> str:
        return f"{self.data} {self.budget} seed {self.seed} {self.method} {self.minutes:g} min"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sets, budgets, seeds and methods are asked for."""

    sets: Sequence[str] = SETS
    budgets: Sequence[str] = BUDGETS
    seeds: Sequence[int] = SEEDS
    methods: Sequence[Method] = tuple(Method)


def planned(choice: Choice, minutes: float, tag: str) -> tuple[Key, ...]:
    """All runs of ``choice``, seed by seed, so that what is there early covers everything."""
    return tuple(
        Key(data, budget, seed, method, minutes, tag)
        for seed in choice.seeds
        for data in choice.sets
        for budget in choice.budgets
        for method in choice.methods
    )


def missing(keys: Iterable[Key], done: Iterable[Key]) -> tuple[Key, ...]:
    """The runs of ``keys`` that are not among ``done``, in their order."""
    known = set(done)
    return tuple(key for key in keys if key not in known)


def target() -> Target:
    """The chip that every run is for."""
    return load_target(TARGET)


def byte_limits(data: str, budget: str) -> tuple[int | None, int | None]:
    """Flash and RAM that ``fit`` is given; None where the chip alone limits."""
    return TIGHT_BYTES[data] if budget == TIGHT else (None, None)


def budget_of(key: Key) -> Budget:
    """The ceilings of ``key``, as ``fit`` understands them."""
    return Budget.of(target(), *byte_limits(key.data, key.budget))


def shared() -> Path:
    """The folder of shared data: $AUTOML_EDGE_SHARED, or ``shared`` beside the checkout."""
    named = os.environ.get("AUTOML_EDGE_SHARED")
    return Path(named) if named else Path(__file__).resolve().parents[3] / "shared"


def backbone_folder() -> Path:
    """Where pretrained weights lie."""
    return shared() / "backbones"
