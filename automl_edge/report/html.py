"""``report.html``: the report as one page that needs no network, no script and no other file.

This module chooses what is said and measures the pictures; ``report.html.jinja`` lays it
out and ``report.css`` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass

from automl_edge.domain.dataset import SetAside
from automl_edge.domain.footprint import Resource
from automl_edge.domain.units import show_size
from automl_edge.report import search_words, words
from automl_edge.report.charts import Scatter, family_colours, scatters
from automl_edge.report.figures import Costs, costs
from automl_edge.report.model import PartAccuracy, Report, Status
from automl_edge.report.templates import template

LISTED_FILES = 500
"""How many set-aside files the page lists; ``report.json`` has all of them."""


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
    costs: Costs
    classes: tuple[ClassRow, ...]
    accuracies: tuple[tuple[str, PartAccuracy], ...]
    groups: tuple[tuple[str, tuple[int, int, int]], ...]
    values: tuple[tuple[str, str], ...]
    set_aside: tuple[SetAside, ...]
    unlisted: int
    pictures: tuple[Scatter, ...]
    families: tuple[tuple[str, str], ...]


def render(report: Report) -> str:
    """The whole page as text."""
    return template("report").render(
        page=_page(report), words=words, search_words=search_words, show_size=show_size
    )


def _page(report: Report) -> Page:
    aside = report.data.set_aside
    groups, counts = report.data.groups, report.data.counts
    totals = (sum(counts.train), sum(counts.validation), sum(counts.test))
    return Page(
        report=report,
        fits=report.status is Status.FITS,
        noun=words.NOUNS[report.data.modality],
        headline=_headline(report),
        costs=costs(report.footprint, report.budget, tuple(Resource)),
        classes=_classes(report),
        accuracies=(
            ("validation", report.accuracy.validation),
            ("test", report.accuracy.test),
        ),
        groups=(("All", totals), ("Groups", (groups.train, groups.validation, groups.test))),
        values=tuple((name, str(value)) for name, value in report.candidate.values.items()),
        set_aside=aside[:LISTED_FILES],
        unlisted=max(0, len(aside) - LISTED_FILES),
        pictures=scatters(report.search, report.budget),
        families=tuple(family_colours(report.search).items()),
    )


def _headline(report: Report) -> str:
    if report.binding is None:
        return "Inside the budget of flash, RAM and latency"
    return words.binds(report.binding, report.footprint.measured, report.budget)


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
