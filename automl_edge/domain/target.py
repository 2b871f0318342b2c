"""A chip or board, and the budget that it and the user leave for the model."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KernelSet(StrEnum):
    """Which folder of ``csrc/kernels`` the target's C is taken from.

    What a set has no file for comes from the portable one. DSP wants a Cortex-M with the
    DSP extension and a single-precision FPU.
    """

    PORTABLE = "portable"
    DSP = "dsp"
    M0PLUS = "m0plus"
    RV32 = "rv32"


@dataclass(frozen=True, slots=True)
class Toolchain:
    """How C is built for a core: zig's target triple and CPU; None where zig has no backend."""

    triple: str
    cpu: str


@dataclass(frozen=True, slots=True)
class Target:
    """One TOML of ``targets/``, resolved.

    Bytes and Hz are whole numbers; ``reserved_*`` is what the application keeps for
    itself; ``latency_ms`` is the deadline of one classification unless told otherwise.
    ``sources`` says for each figure where it comes from. ``toolchain`` is None where the
    C cannot be linked (Xtensa) or is not the deliverable (phones): figures are then
    estimates. ``core`` is the name of the core's own target file. ``price`` says in words what
    one of such chips costs where thousands are bought; empty where no one said.

    A chip takes ``cycle_factor`` times the cycles of its core's table, in which memory
    never makes the core wait; ``cycle_factor_streamed`` times in layers that read each
    weight once (fully connected ones), where flash sets the pace.
    """

    name: str
    title: str
    core: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    reserved_flash_bytes: int
    reserved_ram_bytes: int
    latency_ms: float
    kernels: KernelSet
    cycle_factor: float
    cycle_factor_streamed: float
    toolchain: Toolchain | None
    exporters: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    price: str = ""

    def milliseconds(self, cycles: float, streams_weights: bool = False) -> float:
        """Time on this chip of ``cycles`` of the core's table."""
        factor = self.cycle_factor_streamed if streams_weights else self.cycle_factor
        return 1000 * cycles * factor / self.clock_hz


@dataclass(frozen=True, slots=True)
class Budget:
    """Ceilings for one model: bytes of flash and RAM, milliseconds a classification."""

    flash_bytes: int
    ram_bytes: int
    latency_ms: float

    @staticmethod
    def of(
        target: Target,
        flash: int | None = None,
        ram: int | None = None,
        latency_ms: float | None = None,
    ) -> Budget:
        """The smaller of chip minus reserve and the user's limit; the latency as given."""
        free_flash = target.flash_bytes - target.reserved_flash_bytes
        free_ram = target.ram_bytes - target.reserved_ram_bytes
        return Budget(
            flash_bytes=min(free_flash, flash if flash is not None else free_flash),
            ram_bytes=min(free_ram, ram if ram is not None else free_ram),
            latency_ms=latency_ms if latency_ms is not None else target.latency_ms,
        )

    def within(
        self, flash: int | None = None, ram: int | None = None, latency_ms: float | None = None
    ) -> Budget:
        """The smaller of each ceiling and what is given."""
        return Budget(
            flash_bytes=min(self.flash_bytes, flash if flash is not None else self.flash_bytes),
            ram_bytes=min(self.ram_bytes, ram if ram is not None else self.ram_bytes),
            latency_ms=min(
                self.latency_ms, latency_ms if latency_ms is not None else self.latency_ms
            ),
        )
