"""The geometry of the page's pictures: figures in, positions out; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from automl_edge.domain.footprint import Cost, Footprint, Resource
from automl_edge.domain.target import Budget
from automl_edge.report.searched import SearchSummary, TrialPoint
from automl_edge.report.words import amount, figure, milliseconds, percent

PALETTE = 7
"""Number of colours that the style sheet defines, ``c0`` to ``c6``; ``rest`` is one more."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a stacked bar: where it starts and how wide it is, in percent."""

    name: str
    shown: str
    start: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Parts stacked against a ceiling, all in percent of the bar's length."""

    segments: tuple[Segment, ...]
    ceiling: float


def part_colours(footprint: Footprint) -> dict[str, str]:
    """The colour of each part that weighs most in flash, RAM or latency; the rest share one.

    A part has the same colour in every bar, and parts of one name count as one.
    """
    weights: dict[str, float] = {}
    for resource in Resource:
        whole = figure(footprint, resource)
        for name, value in _by_name(footprint, resource).items():
            share = value / whole if whole > 0 else 0.0
            weights[name] = max(weights.get(name, 0.0), share)
    largest = sorted(weights, key=lambda name: -weights[name])[:PALETTE]
    ordered = [name for name in weights if name in largest]
    return {name: f"c{index}" for index, name in enumerate(ordered)}


def stacked(footprint: Footprint, resource: Resource, ceiling: float) -> Bar:
    """The parts of one figure end to end, those without a colour of their own as one segment."""
    total = figure(footprint, resource)
    colours = part_colours(footprint)
    sizes = _by_name(footprint, resource)
    named = [(name, value, colours[name]) for name, value in sizes.items() if name in colours]
    rest = total - sum(value for _, value, _ in named)
    if rest > 1e-3 * total:
        named.append(("everything else", rest, "rest"))
    length = max(total, ceiling, 1e-9)
    segments, start = [], 0.0
    for name, value, colour in named:
        width = 100 * value / length
        segments.append(Segment(name, amount(value, resource), start, width, colour))
        start += width
    return Bar(tuple(segments), 100 * ceiling / length)


def _by_name(footprint: Footprint, resource: Resource) -> dict[str, float]:
    """The part names in order, with what they need; those that need nothing are left out."""
    sizes: dict[str, float] = {}
    for part in footprint.parts:
        if cost_of(part, resource) > 0:
            sizes[part.name] = sizes.get(part.name, 0.0) + cost_of(part, resource)
    return sizes


def cost_of(part: Cost, resource: Resource) -> float:
    """The bytes or milliseconds of one part."""
    return {
        Resource.FLASH: part.flash_bytes,
        Resource.RAM: part.ram_bytes,
        Resource.LATENCY: part.latency_ms,
    }[resource]


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled position along an axis, in the picture's own units."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A training in the picture; ``ahead`` if it is a point of the front."""

    x: float
    y: float
    colour: str
    title: str
    ahead: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Scatter:
    """Accuracy against one figure; ``front`` is the points of a polyline, ``ceiling`` an x or
    None."""

    left: float
    right: float
    top: float
    bottom: float
    label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    front: str
    ceiling: float | None


LEFT, RIGHT, TOP, BOTTOM = 58.0, 306.0, 12.0, 214.0

_AXES = {
    Resource.FLASH: ("flash, KiB", 1024.0),
    Resource.RAM: ("RAM, KiB", 1024.0),
    Resource.LATENCY: ("latency, ms", 1.0),
}
"""What stands below each picture, and its unit in bytes or milliseconds."""


def scatters(search: SearchSummary, budget: Budget) -> tuple[Scatter, ...]:
    """All trainings by accuracy and flash, RAM and latency; none where nothing was trained."""
    if not search.trials:
        return ()
    return tuple(_scatter(search, resource, figure(budget, resource)) for resource in Resource)


def family_colours(search: SearchSummary) -> dict[str, str]:
    """The colour of each family's dots."""
    spaces = sorted({trial.space for trial in search.trials})
    return {space: f"c{index % PALETTE}" for index, space in enumerate(spaces)}


def _scatter(search: SearchSummary, resource: Resource, ceiling: float) -> Scatter:
    label, unit = _AXES[resource]
    most = max(figure(trial, resource) for trial in search.trials) / unit
    x_marks = _marks(0.0, 1.05 * max(most, 1e-6), steps=4)
    y_marks = _marks(*_score_range(search.trials), steps=5)

    def across(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * value / unit / x_marks[-1], 1)

    def up(score: float) -> float:
        height = (score - y_marks[0]) / (y_marks[-1] - y_marks[0])
        return round(BOTTOM - (BOTTOM - TOP) * height, 1)

    families = family_colours(search)
    ahead = {point.number for point in search.front}
    dots = tuple(
        Dot(
            across(figure(trial, resource)),
            up(trial.score),
            families[trial.space],
            _title(trial),
            trial.number in ahead,
            trial.number == search.chosen,
        )
        for trial in search.trials
    )
    return Scatter(
        left=LEFT,
        right=RIGHT,
        top=TOP,
        bottom=BOTTOM,
        label=label,
        x_ticks=tuple(Tick(across(mark * unit), f"{mark:g}") for mark in x_marks),
        y_ticks=tuple(Tick(up(mark), f"{100 * mark:.3g} %") for mark in y_marks),
        dots=dots,
        front=_steps([(across(figure(p, resource)), up(p.score)) for p in search.front]),
        ceiling=across(ceiling) if ceiling / unit <= x_marks[-1] else None,
    )


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """A staircase from the cheapest of ``points`` (x, y downwards) through every better one."""
    corners: list[tuple[float, float]] = []
    for x, y in sorted(points):
        if corners and y >= corners[-1][1]:
            continue
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return " ".join(f"{x:g},{y:g}" for x, y in corners)


def _score_range(trials: Sequence[TrialPoint]) -> tuple[float, float]:
    low = min(trial.score for trial in trials)
    high = max(trial.score for trial in trials)
    margin = max(0.02, 0.1 * (high - low))
    return max(0.0, low - margin), min(1.0, high + margin)


def _marks(low: float, high: float, steps: int) -> tuple[float, ...]:
    """Round numbers from ``low`` or below to ``high`` or above, about ``steps`` apart at most."""
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(index * step for index in range(first, last + 1))


def _title(trial: TrialPoint) -> str:
    return (
        f"Number {trial.number}, {trial.space}: {percent(trial.score)} on validation, "
        f"{milliseconds(trial.latency_ms)}, {amount(trial.flash_bytes, Resource.FLASH)} flash, "
        f"{amount(trial.ram_bytes, Resource.RAM)} RAM"
    )
