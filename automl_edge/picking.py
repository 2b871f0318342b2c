"""Which point of a finished run's front to export, and where to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_edge.domain.footprint import Figures, Resource, Violation
from automl_edge.domain.run import Note, OnEvent, PickSpec
from automl_edge.domain.target import Budget
from automl_edge.errors import NothingFits, RunDirectoryError, UsageError
from automl_edge.report.model import Report
from automl_edge.report.searched import TrialPoint
from automl_edge.report.words import amount, resource_name
from automl_edge.search import SearchResult
from automl_edge.search.journal import JOURNAL


@dataclass(frozen=True, slots=True)
class Miss:
    """A point that is beyond the limits: the one it breaks worst, measured or predicted."""

    point: TrialPoint
    broken: Violation
    measured: bool

    def __str__(self) -> str:
        """``number 7 needs 5.1 KiB of RAM (measured), the limit is 4.0 KiB``."""
        resource = self.broken.resource
        word = "RAM" if resource is Resource.RAM else resource.value
        how = "measured" if self.measured else "predicted"
        return (
            f"number {self.point.number} needs {amount(self.broken.needed, resource)} of {word} "
            f"({how}), "
            f"the limit is {amount(self.broken.allowed, resource)}"
        )


def points_for(spec: PickSpec, report: Report) -> tuple[TrialPoint, ...]:
    """The points of the run's front that ``spec`` may mean, the best choice first.

    Raises UsageError for a number that is not on the front, and NothingFits if no point is
    within the limits.
    """
    front = report.search.front
    if spec.number is not None:
        return (_numbered(spec.number, front),)
    budget = limits_of(spec, report)
    broken = {point: _figures(report, point).violations(budget) for point in front}
    within = [point for point in front if not broken[point]]
    if not within:
        raise nothing_within(
            [Miss(point, broken[point][0], is_measured(report, point)) for point in front]
        )
    return tuple(sorted(within, key=lambda point: (-point.score, _fullness(point, budget))))


def limits_of(spec: PickSpec, report: Report) -> Budget:
    """The run's budget, made smaller by what ``spec`` asks for."""
    return report.budget.within(spec.flash, spec.ram, spec.latency_ms)


def is_measured(report: Report, point: TrialPoint) -> bool:
    """Whether the search measured the model of ``point``."""
    return any(check.number == point.number for check in report.predictions.checks)


def nothing_within(misses: Sequence[Miss]) -> NothingFits:
    """The failure where every point is one of ``misses``; it names the nearest of them."""
    nearest = min(misses, key=lambda miss: miss.broken.excess)
    return NothingFits(
        f"no point of the front is within these limits. {resource_name(nearest.broken.resource)} "
        f"binds; the nearest: {nearest}",
        f"Allow more, export that one with --number {nearest.point.number}, or search within "
        "these limits with `automl-edge fit`.",
    )


def first_within(
    points: Sequence[TrialPoint],
    take: Callable[[TrialPoint], SearchResult],
    miss_of: Callable[[TrialPoint, SearchResult], Miss | None],
    on_event: OnEvent,
) -> tuple[TrialPoint, SearchResult]:
    """The first of ``points`` that ``miss_of`` finds within the limits, and what it is.

    Each that is left out is told. Raises NothingFits if all are.
    """
    misses = []
    for point in points:
        found = take(point)
        miss = miss_of(point, found)
        if miss is None:
            return point, found
        misses.append(miss)
        on_event(Note(f"left out: {miss}"))
    raise nothing_within(misses)


def place_for(spec: PickSpec, point: TrialPoint) -> Path:
    """The folder that ``point`` is written to; raises RunDirectoryError if a run is there."""
    out = spec.out
    if out is None:
        run = spec.run if spec.run.name not in ("", "..") else spec.run.resolve()
        out = run.with_name(f"{run.name}-pick-{point.number}")
    if (out / JOURNAL).exists():
        raise RunDirectoryError(
            f"{out} holds a run, which would be overwritten", "Name another folder with --out."
        )
    return out


def _figures(report: Report, point: TrialPoint) -> Figures:
    """What ``point`` takes: as measured where the search measured it, else predicted."""
    known = (check.measured for check in report.predictions.checks if check.number == point.number)
    return next(known, point.figures)


def _numbered(number: int, front: Sequence[TrialPoint]) -> TrialPoint:
    for point in front:
        if point.number == number:
            return point
    known = ", ".join(str(point.number) for point in front)
    raise UsageError(
        f"number {number} is not on the run's front", f"On it are {known}; the report shows them."
    )


def _fullness(point: TrialPoint, budget: Budget) -> float:
    """The share that ``point`` takes of the limit that it comes nearest to."""
    return max(
        point.flash_bytes / budget.flash_bytes,
        point.ram_bytes / budget.ram_bytes,
        point.latency_ms / budget.latency_ms,
    )
