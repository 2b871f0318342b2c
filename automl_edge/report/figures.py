"""Flash, RAM and latency as pages show them: in parts, with sources, against what is allowed."""

from __future__ import annotations

from dataclasses import dataclass

from automl_edge.domain.footprint import Cost, Footprint, Resource, Source
from automl_edge.domain.target import Budget
from automl_edge.report import words
from automl_edge.report.charts import Bar, cost_of, stacked
from automl_edge.report.model import FootprintPair


@dataclass(frozen=True, slots=True)
class Figure:
    """Flash, RAM or latency: measured, predicted, allowed, and where the parts lie.

    ``used`` is in percent of what is allowed; None where there is no limit, and ``allowed``
    is then empty.
    """

    name: str
    measured: str
    source: str
    predicted: str
    predicted_source: str
    allowed: str
    used: float | None
    over: bool
    bar: Bar


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of the footprint: its figures and each one's share of the whole, in percent."""

    name: str
    cells: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """What a model costs; ``sources`` are the source words that are used, with their meanings."""

    measured: Footprint
    figures: tuple[Figure, ...]
    parts: tuple[PartRow, ...]
    sources: tuple[tuple[str, str], ...]


def costs(pair: FootprintPair, budget: Budget, limited: tuple[Resource, ...]) -> Costs:
    """``pair`` against ``budget``, of which the ``limited`` figures count."""
    return Costs(
        measured=pair.measured,
        figures=tuple(_figure(pair, budget, each, each in limited) for each in Resource),
        parts=_parts(pair.measured),
        sources=_sources(pair),
    )


def _figure(pair: FootprintPair, budget: Budget, resource: Resource, is_limited: bool) -> Figure:
    measured, predicted = pair.measured, pair.predicted
    used = words.figure(measured, resource)
    allowed = words.figure(budget, resource) if is_limited else 0.0
    return Figure(
        name=words.resource_name(resource),
        measured=words.amount(used, resource),
        source=words.source(measured, resource),
        predicted=words.amount(words.figure(predicted, resource), resource),
        predicted_source=words.source(predicted, resource),
        allowed=words.amount(allowed, resource) if is_limited else "",
        used=_percent(used, allowed) if is_limited else None,
        over=is_limited and used > allowed,
        bar=stacked(measured, resource, allowed),
    )


def _percent(used: float, allowed: float) -> float:
    return 100 * used / allowed if allowed > 0 else 100.0


def _parts(measured: Footprint) -> tuple[PartRow, ...]:
    def cell(part: Cost, resource: Resource) -> tuple[str, float]:
        value, whole = cost_of(part, resource), words.figure(measured, resource)
        shown = words.amount(value, resource) if value else ""
        return shown, min(100.0, 100 * value / whole) if whole > 0 else 0.0

    return tuple(
        PartRow(part.name, tuple(cell(part, resource) for resource in Resource))
        for part in measured.parts
    )


def _sources(pair: FootprintPair) -> tuple[tuple[str, str], ...]:
    used = {
        words.source(each, resource)
        for each in (pair.predicted, pair.measured)
        for resource in Resource
    }
    return tuple((source.value, words.SOURCES[source]) for source in Source if source in used)
