"""The arena over time as a picture: positions and titles; the template draws them."""

from __future__ import annotations

from dataclasses import dataclass

from automl_edge.domain.units import show_size
from automl_edge.report.charts import PALETTE, Tick
from automl_edge.report.profile import Lifetime, Memory, ProfileResult

LEFT, RIGHT, TOP, BOTTOM = 70.0, 950.0, 24.0, 370.0
MOST_X_TICKS = 32
Y_TICKS = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: the layers for which something lives, by the bytes that it takes."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    title: str


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The picture: layers from ``left`` to ``right``, bytes of the arena from ``bottom`` up.

    ``peak`` is the column of the layer that uses most.
    """

    left: float
    right: float
    bottom: float
    boxes: tuple[Box, ...]
    peak: Box
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def lifetimes(result: ProfileResult) -> Lifetimes:
    """The picture of ``result``'s arena."""
    memory, layers = result.memory, len(result.layers)

    def box(each: Lifetime, colour: str, title: str) -> Box:
        left, right = _across(each.first, layers), _across(each.last + 1, layers)
        top, bottom = _up(each.offset + each.size, memory), _up(each.offset, memory)
        return Box(left, top, round(right - left, 2), round(bottom - top, 2), colour, title)

    peak = result.layers[memory.peak]
    whole = Lifetime(peak.name, False, 0, memory.arena_bytes, memory.peak, memory.peak)
    used = f"Layer {memory.peak}, {peak.name}, uses most: {show_size(peak.ram_bytes)}"
    colours = _colours(memory)
    return Lifetimes(
        left=LEFT,
        right=RIGHT,
        bottom=BOTTOM,
        boxes=tuple(
            box(each, colour, _title(each))
            for each, colour in zip(memory.lifetimes, colours, strict=True)
        ),
        peak=box(whole, "", used),
        x_ticks=tuple(
            Tick(round(_across(layer, layers) + (RIGHT - LEFT) / layers / 2, 2), str(layer))
            for layer in range(0, layers, -(-layers // MOST_X_TICKS))
        ),
        y_ticks=tuple(Tick(_up(size, memory), show_size(size)) for size in _sizes(memory)),
    )


def _across(layer: int, layers: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * layer / layers, 2)


def _up(offset: int, memory: Memory) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * offset / memory.arena_bytes, 2)


def _colours(memory: Memory) -> list[str]:
    """Tensors take turns with the colours; all scratch has one."""
    tensors, found = 0, []
    for each in memory.lifetimes:
        found.append("rest" if each.is_scratch else f"c{tensors % PALETTE}")
        tensors += not each.is_scratch
    return found


def _title(each: Lifetime) -> str:
    one = each.first == each.last
    layers = f"layer {each.first}" if one else f"layers {each.first} to {each.last}"
    return f"{each.name}: {each.size:,} B at {each.offset:,}, {layers}"


def _sizes(memory: Memory) -> range:
    """Marks up the arena, a power of two bytes apart."""
    step = 1
    while step * Y_TICKS < memory.arena_bytes:
        step *= 2
    return range(0, memory.arena_bytes + 1, step)
