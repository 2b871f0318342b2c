"""The page that ``profile --html`` writes: one file that needs no network and no script."""

from __future__ import annotations

from dataclasses import dataclass

from automl_edge.domain.footprint import Resource
from automl_edge.domain.target import Budget
from automl_edge.domain.units import show_size
from automl_edge.report import words
from automl_edge.report.figures import Costs, costs
from automl_edge.report.lifetimes import Lifetimes, lifetimes
from automl_edge.report.profile import LayerRow, ProfileResult
from automl_edge.report.templates import template


@dataclass(frozen=True, slots=True)
class Row:
    """One layer, with its share of all cycles in percent."""

    layer: LayerRow
    shapes: str
    share: float
    is_peak: bool


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows beside the result's own plain values."""

    result: ProfileResult
    fits: bool
    costs: Costs
    rows: tuple[Row, ...]
    cycles: int
    macs: int
    source: str
    picture: Lifetimes


def render_profile(result: ProfileResult) -> str:
    """The whole page as text."""
    return template("profile").render(page=_page(result), words=words, show_size=show_size)


def _page(result: ProfileResult) -> Page:
    target = result.target
    room = Budget(
        target.flash_bytes - target.reserved_flash_bytes,
        target.ram_bytes - target.reserved_ram_bytes,
        target.latency_ms,
    )
    shown = costs(result.footprint, room, (Resource.FLASH, Resource.RAM))
    cycles = sum(layer.cycles for layer in result.layers)
    rows = tuple(
        Row(
            layer,
            f"{_by(layer.in_shape)} \u2192 {_by(layer.out_shape)}",
            100 * layer.cycles / max(cycles, 1),
            number == result.memory.peak,
        )
        for number, layer in enumerate(result.layers)
    )
    return Page(
        result=result,
        fits=not any(figure.over for figure in shown.figures),
        costs=shown,
        rows=rows,
        cycles=cycles,
        macs=sum(layer.macs for layer in result.layers),
        source=words.source(result.footprint.measured, Resource.LATENCY).value,
        picture=lifetimes(result),
    )


def _by(shape: tuple[int, int, int]) -> str:
    """A shape without leading ones: ``48 x 48 x 8``, ``640``."""
    sizes = list(shape)
    while len(sizes) > 1 and sizes[0] == 1:
        del sizes[0]
    return " x ".join(str(size) for size in sizes)
