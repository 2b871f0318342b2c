"""What ``profile`` finds out about one model on one chip."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from automl_edge.domain.optimize import Optimize
from automl_edge.report.model import FootprintPair, Parity, TargetSummary
from automl_edge.report.searched import UNCORRECTED, CorrectionSummary


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One operator of a model, and bytes of arena in use while it runs.

    ``cycles`` are the core's, memory without wait states: emulated, or predicted where
    ``instructions`` is None. ``latency_ms`` is what they take on the target. ``kernel`` is the
    C function that runs it, without its ``ae_``; ``in_shape`` and ``out_shape`` are (height,
    width, channels); ``weight_bytes`` are the weights as that kernel reads them.
    """

    name: str
    op: str
    macs: int
    cycles: int
    ram_bytes: int
    latency_ms: float
    cycles_per_mac: float | None
    instructions: int | None
    kernel: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    weight_bytes: int


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Bytes of the arena that hold one tensor, or the scratch of one layer.

    ``size`` bytes lie at ``offset`` while the layers ``first`` to ``last``, both included,
    run; layers are counted from 0.
    """

    name: str
    is_scratch: bool
    offset: int
    size: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Memory:
    """The arena over time; ``peak`` is the layer that uses most of it, the first of equals."""

    arena_bytes: int
    peak: int
    lifetimes: tuple[Lifetime, ...]


class AdviceKind(StrEnum):
    """What could be changed."""

    RESOLUTION = "resolution"
    CHANNELS = "channels"
    ROW_BANDS = "row-bands"
    RATE = "rate"
    FALLBACK = "fallback"
    UNFUSED = "unfused"
    WEIGHTS = "weights"
    OPTIMIZE = "optimize"


@dataclass(frozen=True, slots=True)
class Saving:
    """What a change saves of the whole; below 0 where it costs."""

    flash_bytes: int = 0
    ram_bytes: int = 0
    cycles: int = 0


@dataclass(frozen=True, slots=True)
class Advice:
    """A change that would help.

    ``layer`` is the number of the layer that it is about, counted from 0, or None. ``share``
    is the largest part (0 to 1) of flash, RAM or cycles that it saves. With ``retrain`` the
    changed network has to be trained again, and may know more or less than this one.
    """

    kind: AdviceKind
    layer: int | None
    text: str
    saves: Saving
    share: float
    retrain: bool


@dataclass(frozen=True, slots=True)
class ProfileResult:
    """What one ``.tflite`` needs on a chip.

    ``model`` is the file's name. ``notes`` say in words what was done to it already,
    and what was wrong with what earlier runs had taught.
    ``advice`` is what would help, most first. ``parity_on_core`` compares the emulated core
    with this machine on one random input; None where nothing was emulated. ``corrections`` went
    into what is predicted.
    """

    model: str
    target: TargetSummary
    optimize: Optimize
    footprint: FootprintPair
    layers: tuple[LayerRow, ...]
    memory: Memory
    notes: tuple[str, ...]
    advice: tuple[Advice, ...]
    parity: Parity
    parity_on_core: Parity | None
    corrections: CorrectionSummary = UNCORRECTED
