"""What a model costs on a chip, in parts, each figure with its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from automl_edge.domain.target import Budget


class Source(StrEnum):
    """Where a figure comes from."""

    PREDICTED = "predicted"
    LINKED = "linked"
    EMULATED = "emulated"
    ESTIMATED = "estimated"


class Resource(StrEnum):
    """What can bind."""

    FLASH = "flash"
    RAM = "ram"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class Cost:
    """One part of a footprint: a layer, the front end, code, tables, stack."""

    name: str
    flash_bytes: int = 0
    ram_bytes: int = 0
    latency_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Violation:
    """A ceiling that is broken: bytes or milliseconds needed and allowed."""

    resource: Resource
    needed: float
    allowed: float

    @property
    def excess(self) -> float:
        """How many times over the ceiling, above 1."""
        return self.needed / self.allowed if self.allowed > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Figures:
    """The three figures that a budget limits."""

    flash_bytes: int
    ram_bytes: int
    latency_ms: float

    def violations(self, budget: Budget) -> tuple[Violation, ...]:
        """The ceilings of ``budget`` that these figures break, worst first."""
        checks = (
            (Resource.FLASH, self.flash_bytes, budget.flash_bytes),
            (Resource.RAM, self.ram_bytes, budget.ram_bytes),
            (Resource.LATENCY, self.latency_ms, budget.latency_ms),
        )
        broken = (Violation(*check) for check in checks if check[1] > check[2])
        return tuple(sorted(broken, key=lambda violation: -violation.excess))


@dataclass(frozen=True, slots=True)
class Footprint:
    """Flash, RAM and latency of front end and network together.

    ``flash_source``, ``ram_source`` and ``latency_source`` may differ: a linked binary
    has measured flash while its latency is still predicted. ``caller_bytes`` is the
    caller's own sample buffer, outside the budget. ``stack_bytes`` is part of
    ``ram_bytes``. ``instructions`` and ``cycles`` (memory without wait states) are those of
    one classification, None where nothing was emulated.
    """

    flash_bytes: int
    ram_bytes: int
    latency_ms: float
    macs: int
    parts: tuple[Cost, ...]
    flash_source: Source = Source.PREDICTED
    ram_source: Source = Source.PREDICTED
    latency_source: Source = Source.PREDICTED
    caller_bytes: int = 0
    stack_bytes: int = 0
    instructions: int | None = None
    cycles: int | None = None

    def violations(self, budget: Budget) -> tuple[Violation, ...]:
        """The ceilings of ``budget`` that this footprint breaks, worst first."""
        return self.figures.violations(budget)

    @property
    def figures(self) -> Figures:
        """What a budget limits."""
        return Figures(self.flash_bytes, self.ram_bytes, self.latency_ms)
