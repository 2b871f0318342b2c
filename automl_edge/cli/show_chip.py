"""What ``profile``, ``compile`` and ``targets`` say to people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

from automl_edge.cli.layout import folder, shell, table, visible
from automl_edge.device.core import INSTALL_HINT, can_emulate
from automl_edge.domain.footprint import Footprint, Resource, Source
from automl_edge.domain.target import Budget, Target
from automl_edge.domain.units import show_size
from automl_edge.report.model import FootprintPair, Parity, TargetSummary
from automl_edge.report.profile import LayerRow, ProfileResult
from automl_edge.report.results import CompileResult
from automl_edge.report.search_words import corrected
from automl_edge.report.searched import CorrectionSummary
from automl_edge.report.words import (
    amount,
    figure,
    milliseconds,
    parity,
    resource_name,
    saving,
    source,
)


def cost_rows(measured: Footprint, budget: Budget) -> list[tuple[str, ...]]:
    """Flash, RAM and latency against the budget, with sources; figures are flush right."""
    rows: list[tuple[str, ...]] = []
    for resource in Resource:
        needed, allowed = figure(measured, resource), figure(budget, resource)
        rows.append(
            (
                resource_name(resource),
                amount(needed, resource),
                "of",
                amount(allowed, resource),
                source(measured, resource),
                "over the budget" if needed > allowed else "",
            )
        )
    return rows


def profile_lines(result: ProfileResult, page: Path | None = None) -> list[str]:
    """Layer by layer, then the whole, then what would help; ``page`` is what was written."""
    how = source(result.footprint.measured, Resource.LATENCY)
    return [
        f"On {visible(result.target.title)}",
        "",
        *_layers(result.layers, how),
        "",
        *_footprint(result.footprint, result.target),
        "",
        f"  {parity(result.parity)}",
        *_on_core(result.parity_on_core),
        *_corrected(result.corrections),
        *_advice(result),
        *(["", f"  {shell(page)} shows all this and the arena over time."] if page else []),
    ]


def _advice(result: ProfileResult) -> list[str]:
    lines = ["", *(line for note in result.notes for line in _wrapped(note, "  "))]
    if not result.advice:
        return lines if result.notes else []
    lines += [""] * bool(result.notes)
    lines += ["  What would help most, by the cost model and the planner:"]
    for number, advice in enumerate(result.advice, 1):
        text = f"{advice.text} It {saving(advice, result)}."
        lines += _wrapped(text, f"  {number:2}. ", "      ")
    return lines


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    indent = first if rest is None else rest
    return wrap(visible(text), 98, initial_indent=first, subsequent_indent=indent)


def _on_core(found: Parity | None) -> list[str]:
    if found is None:
        return []
    same = "the same bytes as" if found.identical == found.samples else "OTHER BYTES THAN"
    return [f"  the emulated core computes {same} this machine"]


def _corrected(by: CorrectionSummary) -> list[str]:
    return [f"  the predicted latency is {corrected(by)}"] if by.models else []


def compile_lines(result: CompileResult) -> list[str]:
    """Where the library is, what it needs, and how to build it."""
    build = shell(result.out / "build")
    return [
        f"{len(result.files)} files in {folder(result.out)}",
        "",
        *_footprint(result.footprint, result.target),
        "",
        f"  {parity(result.parity)}",
        "",
        "Next:",
        f"  cmake -S {shell(result.out)} -B {build} && cmake --build {build}",
    ]


def _layers(layers: Sequence[LayerRow], how: Source) -> list[str]:
    rows = [("", "layer", "op", "MACs", "cycles", "per MAC", "instructions", "RAM while it runs")]
    rows += [
        (
            str(number),
            each.name,
            each.op,
            f"{each.macs:,}",
            f"{each.cycles:,}",
            "" if each.cycles_per_mac is None else f"{each.cycles_per_mac:.2f}",
            "" if each.instructions is None else f"{each.instructions:,}",
            show_size(each.ram_bytes),
        )
        for number, each in enumerate(layers)
    ]
    macs, cycles = sum(each.macs for each in layers), sum(each.cycles for each in layers)
    counted = [each.instructions for each in layers if each.instructions is not None]
    total = f"{sum(counted):,}" if counted else ""
    rows.append(("", "total", "", f"{macs:,}", f"{cycles:,}", "", total, ""))
    return [
        *table(rows, right="r  rrrrr"),
        f"  Cycles are {how.value}, memory without wait states.",
    ]


def _footprint(pair: FootprintPair, target: TargetSummary) -> list[str]:
    """Measured beside predicted, and how much of the chip that is."""
    rows = [("", "measured", "", "predicted", "for a model")]
    room = {
        Resource.FLASH: target.flash_bytes - target.reserved_flash_bytes,
        Resource.RAM: target.ram_bytes - target.reserved_ram_bytes,
    }
    chip = {each: show_size(size) for each, size in room.items()}
    chip[Resource.LATENCY] = f"at {target.clock_hz / 1e6:g} MHz"
    for resource in Resource:
        rows.append(
            (
                resource_name(resource),
                amount(figure(pair.measured, resource), resource),
                source(pair.measured, resource),
                amount(figure(pair.predicted, resource), resource),
                chip[resource],
            )
        )
    over = [each for each, size in room.items() if figure(pair.measured, each) > size]
    warnings = [
        f"  Beware: it does not fit. {resource_name(each)} needs "
        f"{amount(figure(pair.measured, each), each)}, and {target.name} leaves "
        f"{chip[each]} for a model."
        for each in over
    ]
    return [*table(rows, right=" r rr"), *warnings, *_missing(pair.measured)]


def _missing(measured: Footprint) -> list[str]:
    """What would have measured the latency, where it is only predicted for want of it."""
    wanting = measured.latency_source is Source.PREDICTED and not can_emulate()
    return [f"  Latency is predicted. {INSTALL_HINT}"] if wanting else []


def targets_lines(targets: Sequence[Target]) -> list[str]:
    """All targets, one a line, with what they leave for a model."""
    rows = [("name", "clock", "flash", "RAM", "for a model", "title")]
    for target in targets:
        budget = Budget.of(target)
        rows.append(
            (
                target.name,
                f"{target.clock_hz / 1e6:g} MHz",
                show_size(target.flash_bytes),
                show_size(target.ram_bytes),
                f"{show_size(budget.flash_bytes)} + {show_size(budget.ram_bytes)}",
                target.title,
            )
        )
    return table(rows, right=" rrrr", indent=0)


def target_lines(target: Target, budget: Budget) -> list[str]:
    """One target, each figure with its source."""
    said = dict(target.sources)
    figures = (
        ("clock", f"{target.clock_hz / 1e6:g} MHz", "clock"),
        ("flash", show_size(target.flash_bytes), "flash"),
        ("RAM", show_size(target.ram_bytes), "ram"),
        ("flash kept by the application", show_size(target.reserved_flash_bytes), "reserved_flash"),
        ("RAM kept by the application", show_size(target.reserved_ram_bytes), "reserved_ram"),
        ("latency unless told otherwise", milliseconds(target.latency_ms), "latency"),
        ("cycles of the core's table times", f"{target.cycle_factor:g}", "cycle_factor"),
        (
            "the same, weights streamed",
            f"{target.cycle_factor_streamed:g}",
            "cycle_factor_streamed",
        ),
        *([("chips like it cost", target.price, "price")] if target.price else []),
    )
    return [
        f"{visible(target.title)} ({visible(target.name)}, core {visible(target.core)})",
        "",
        *table([(name, shown, said.get(key, "")) for name, shown, key in figures], right=" r"),
        "",
        f"  For a model: {show_size(budget.flash_bytes)} of flash and "
        f"{show_size(budget.ram_bytes)} of RAM.",
        f"  Exports: {', '.join(target.exporters)}." if target.exporters else "  No exporters.",
        "  The C is linked and measured for this core."
        if target.toolchain
        else "  No toolchain here builds for this core: its figures are estimates.",
    ]
