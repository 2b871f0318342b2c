"""What a library takes on a core: the firmware with it minus the firmware without it.

Sizes are read from the linked ELF; the same ELF then classifies once on an emulated core.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from automl_edge.device.core import Limit
from automl_edge.device.elf import Firmware
from automl_edge.device.emulate import CoreRun, run_on_core, why_not_emulated
from automl_edge.device.firmware import described, link_firmware
from automl_edge.device.sources import CSources
from automl_edge.device.stack import stack_bound
from automl_edge.domain.footprint import Cost, Footprint, Source
from automl_edge.domain.target import Target, Toolchain

MOST_CYCLES = 1_000_000_000
"""Above so many predicted cycles a run would take minutes: such latency stays predicted."""

MARGIN = 4
"""A run that takes so many times the predicted cycles in instructions will never end."""

SLOWEST = 2e6
"""Cycles a second that are counted on, for a machine that is busy: a margin and not measured, below
the five to ten million instructions that docs/architecture.md tells of."""

STACK = "stack"
_ENTRY = "main"


@dataclass(frozen=True, slots=True)
class Linked:
    """Sizes read from two linked ELFs, in bytes.

    ``flash_bytes`` is .text + .rodata + .data and ``static_ram_bytes`` .data + .bss (the
    context lies there), each with the library minus without it. ``stack_bytes`` is the
    bound from the call graph, by the same difference. ``parts`` add up to ``flash_bytes``
    and to ``static_ram_bytes + stack_bytes``. ``toolchain`` says compiler, core and flags.
    """

    flash_bytes: int
    static_ram_bytes: int
    stack_bytes: int
    parts: tuple[Cost, ...]
    toolchain: str


def link_sizes(library: CSources, chain: Toolchain) -> Linked:
    """Link ``library`` for a core and read what it takes; raises EnvironmentProblem."""
    with_model, empty = link_firmware(chain, library), link_firmware(chain)
    flash = with_model.flash_bytes - empty.flash_bytes
    static = with_model.ram_bytes - empty.ram_bytes
    stack = stack_bound(with_model, _ENTRY) - stack_bound(empty, _ENTRY)
    parts = (
        *_flash_parts(with_model, flash, state_bytes=static - library.work_bytes),
        Cost("arena", ram_bytes=library.work_bytes),
        Cost(STACK, ram_bytes=stack),
    )
    return Linked(
        flash_bytes=flash,
        static_ram_bytes=static,
        stack_bytes=stack,
        parts=tuple(part for part in parts if part.flash_bytes or part.ram_bytes),
        toolchain=described(chain),
    )


def measure(library: CSources, target: Target, predicted: Footprint) -> Footprint:
    """``predicted`` with its figures replaced by what the linked ELF says and does.

    RAM then holds the stack that one classification used on the emulated core. Without
    unicorn, or above MOST_CYCLES, latency stays as predicted and the stack is the bound from
    the call graph. For a target that zig cannot link for, the prediction comes back, marked
    as an estimate. Raises FirmwareFault for C that does not run.
    """
    if target.toolchain is None:
        return replace(
            predicted,
            flash_source=Source.ESTIMATED,
            ram_source=Source.ESTIMATED,
            latency_source=Source.ESTIMATED,
        )
    linked = link_sizes(library, target.toolchain)
    run = core_run(library, target, predicted)
    if run is not None:
        return _emulated(linked, run, target, predicted)
    return replace(
        predicted,
        flash_bytes=linked.flash_bytes,
        ram_bytes=linked.static_ram_bytes + linked.stack_bytes,
        stack_bytes=linked.stack_bytes,
        parts=_with_latencies(linked.parts, predicted.parts),
        flash_source=Source.LINKED,
        ram_source=Source.LINKED,
    )


def will_run(target: Target, predicted: Footprint) -> bool:
    """Whether ``measure`` runs the library of a model that is ``predicted`` so: where there is an
    emulated core, and up to MOST_CYCLES."""
    return not why_not_emulated(target) and predicted_cycles(target, predicted) <= MOST_CYCLES


def predicted_cycles(target: Target, predicted: Footprint) -> float:
    """What one classification takes on the emulated core of ``target``."""
    return predicted.latency_ms * target.clock_hz / 1000 / target.cycle_factor


def core_run(library: CSources, target: Target, predicted: Footprint) -> CoreRun | None:
    """One classification on the emulated core; None where that cannot or should not be."""
    if not library.window or not will_run(target, predicted):
        return None
    cycles = predicted_cycles(target, predicted)
    least = Limit()
    instructions = max(least.instructions, round(MARGIN * cycles))
    limit = Limit(instructions, max(least.seconds, cycles / SLOWEST))
    return run_on_core(library, target, limit)


def _emulated(linked: Linked, run: CoreRun, target: Target, predicted: Footprint) -> Footprint:
    """All figures from the firmware itself."""
    times = tuple(
        Cost(part.name, latency_ms=target.milliseconds(part.cycles, part.streams_weights))
        for part in run.parts
        if part.cycles
    )
    parts = tuple(
        replace(part, ram_bytes=run.stack_bytes) if part.name == STACK else part
        for part in linked.parts
    )
    return replace(
        predicted,
        flash_bytes=linked.flash_bytes,
        ram_bytes=linked.static_ram_bytes + run.stack_bytes,
        latency_ms=sum(time.latency_ms for time in times),
        stack_bytes=run.stack_bytes,
        parts=_with_latencies(parts, times),
        flash_source=Source.LINKED,
        ram_source=Source.EMULATED,
        latency_source=Source.EMULATED,
        instructions=run.instructions,
        cycles=run.cycles,
    )


def _with_latencies(linked: tuple[Cost, ...], predicted: tuple[Cost, ...]) -> tuple[Cost, ...]:
    times = {part.name: part.latency_ms for part in predicted if part.latency_ms}
    timed = [replace(part, latency_ms=times.pop(part.name, 0.0)) for part in linked]
    return (*timed, *(Cost(name, latency_ms=time) for name, time in times.items()))


def _flash_parts(firmware: Firmware, total: int, state_bytes: int) -> tuple[Cost, ...]:
    """The output sections of ``firmware.ld``; ``runtime`` is what is left: memcpy and its
    like from the compiler, and the calls that the application makes. The front end's state
    stands with its code."""
    named = {
        "weights": firmware.size_of(".weights"),
        "tables": firmware.size_of(".network_tables"),
        "code": firmware.size_of(".network_code"),
        "front end": firmware.size_of(".frontend_code") + firmware.size_of(".frontend_tables"),
        "interface": firmware.size_of(".interface_code") + firmware.size_of(".interface_tables"),
    }
    named["runtime"] = total - sum(named.values())
    ram = {"front end": state_bytes}
    return tuple(Cost(name, size, ram.get(name, 0)) for name, size in named.items())
