"""``report.html``: the report as one page that needs no network, no script and no other file.

This module chooses what is said and measures the pictures; ``report.html.jinja`` lays it
out and ``report.css`` draws it. The template escapes every text, so that a class called
``<script>`` is shown and not run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from automl_edge.domain.dataset import SetAside
from automl_edge.domain.footprint import Cost, Resource, Source
from automl_edge.domain.units import show_size
from automl_edge.report import words
from automl_edge.report.charts import Bar, Scatter, cost_of, scatter, stacked
from automl_edge.report.model import PartAccuracy, Report, Status

LISTED_FILES = 500
"""How many set-aside files the page lists; ``report.json`` has all of them."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Flash, RAM or latency: measured, predicted, allowed, and where the parts lie."""

    name: str
    measured: str
    source: str
    predicted: str
    predicted_source: str
    allowed: str
    used: float
    over: bool
    bar: Bar


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of the footprint: its figures and each one's share of the whole, in percent."""

    name: str
    cells: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the confusion matrix: ``share`` of its row, in percent."""

    count: int
    share: float
    right: bool


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class: how the C does on it, its row of the confusion matrix, its samples."""

    name: str
    precision: str
    recall: str
    support: int
    cells: tuple[Cell, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows beside the report's own plain values."""

    report: Report
    fits: bool
    noun: str
    headline: str
    figures: tuple[Figure, ...]
    parts: tuple[PartRow, ...]
    classes: tuple[ClassRow, ...]
    accuracies: tuple[tuple[str, PartAccuracy], ...]
    groups: tuple[tuple[str, tuple[int, int, int]], ...]
    values: tuple[tuple[str, str], ...]
    set_aside: tuple[SetAside, ...]
    unlisted: int
    picture: Scatter | None
    sources: tuple[tuple[str, str], ...]


def render(report: Report) -> str:
    """The whole page as text."""
    return _template().render(page=_page(report), words=words, show_size=show_size)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("automl_edge.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loader = environment.loader
    assert loader is not None
    style, _, _ = loader.get_source(environment, "report.css")
    environment.globals["style"] = Markup(style)
    return environment.get_template("report.html.jinja")


def _page(report: Report) -> Page:
    aside = report.data.set_aside
    groups, counts = report.data.groups, report.data.counts
    totals = (sum(counts.train), sum(counts.validation), sum(counts.test))
    return Page(
        report=report,
        fits=report.status is Status.FITS,
        noun=words.NOUNS[report.data.modality],
        headline=_headline(report),
        figures=tuple(_figure(report, resource) for resource in Resource),
        parts=_parts(report),
        classes=_classes(report),
        accuracies=(
            ("validation", report.accuracy.validation),
            ("test", report.accuracy.test),
        ),
        groups=(("All", totals), ("Groups", (groups.train, groups.validation, groups.test))),
        values=tuple((name, str(value)) for name, value in report.candidate.values.items()),
        set_aside=aside[:LISTED_FILES],
        unlisted=max(0, len(aside) - LISTED_FILES),
        picture=scatter(report.search, report.budget.latency_ms),
        sources=_sources(report),
    )


def _headline(report: Report) -> str:
    if report.binding is None:
        return "Inside the budget of flash, RAM and latency"
    return words.binds(report.binding, report.footprint.measured, report.budget)


def _figure(report: Report, resource: Resource) -> Figure:
    measured, predicted = report.footprint.measured, report.footprint.predicted
    used = words.figure(measured, resource)
    allowed = words.figure(report.budget, resource)
    return Figure(
        name=words.resource_name(resource),
        measured=words.amount(used, resource),
        source=words.source(measured, resource),
        predicted=words.amount(words.figure(predicted, resource), resource),
        predicted_source=words.source(predicted, resource),
        allowed=words.amount(allowed, resource),
        used=100 * used / allowed if allowed > 0 else 100.0,
        over=used > allowed,
        bar=stacked(measured, resource, allowed),
    )


def _parts(report: Report) -> tuple[PartRow, ...]:
    measured = report.footprint.measured

    def cell(part: Cost, resource: Resource) -> tuple[str, float]:
        value, whole = cost_of(part, resource), words.figure(measured, resource)
        shown = words.amount(value, resource) if value else ""
        return shown, min(100.0, 100 * value / whole) if whole > 0 else 0.0

    return tuple(
        PartRow(part.name, tuple(cell(part, resource) for resource in Resource))
        for part in measured.parts
    )


def _classes(report: Report) -> tuple[ClassRow, ...]:
    counts = report.data.counts
    rows = []
    for index, name in enumerate(report.data.classes):
        score, row = report.per_class[name], report.confusion[index]
        whole = max(1, sum(row))
        rows.append(
            ClassRow(
                name=name,
                precision=words.percent(score.precision),
                recall=words.percent(score.recall),
                support=score.support,
                cells=tuple(
                    Cell(count, 100 * count / whole, column == index)
                    for column, count in enumerate(row)
                ),
                counts=(counts.train[index], counts.validation[index], counts.test[index]),
            )
        )
    return tuple(rows)


def _sources(report: Report) -> tuple[tuple[str, str], ...]:
    """The source words that this page uses, each with its meaning."""
    pair = (report.footprint.predicted, report.footprint.measured)
    used = {words.source(each, resource) for each in pair for resource in Resource}
    return tuple((source.value, words.SOURCES[source]) for source in Source if source in used)
