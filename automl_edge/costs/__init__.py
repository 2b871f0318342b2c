"""Calibration: what kernels, front ends and the library's own code cost on each core.

The ``.toml`` files beside this one are written by ``benchmarks/calibrate.py`` from real
links and emulated runs; nothing in them is set by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from automl_edge.compiler.sizes import scratch_bytes
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork
from automl_edge.errors import TargetError

_FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class KernelCost:
    """One operator's kernel on one core.

    ``functions`` are all that it calls, itself included. The cycles are those of each
    call, output pixel, output, element gathered under a window, output at an edge (where
    the window leaves the image) and multiply-accumulate; ``work_of`` counts them.
    """

    functions: tuple[str, ...]
    stack_bytes: int
    per_call: float
    per_pixel: float
    per_output: float
    per_gathered: float
    per_edge: float
    per_mac: float

    def cycles(self, op: OpWork) -> float:
        """Cycles of one run of ``op``, by the core's cycle table, memory without wait states."""
        call, pixels, outputs, elements, edges, macs = work_of(op)
        return (
            self.per_call * call
            + self.per_pixel * pixels
            + self.per_output * outputs
            + self.per_gathered * elements
            + self.per_edge * edges
            + self.per_mac * macs
        )


def work_of(op: OpWork) -> tuple[int, int, int, int, int, int]:
    """What ``op`` does, in the units of ``KernelCost``: 1 call, pixels, outputs, elements
    gathered, outputs at an edge, multiply-accumulates.

    Gathered are, for each output pixel of a convolution that copies its windows and of a
    pool, all elements under the window; other operators gather nothing.
    """
    height, width, channels = op.out_shape
    pixels = height * width
    if op.kind is OpKind.CONV_2D:
        elements = scratch_bytes(op)
    elif op.kind in (OpKind.AVERAGE_POOL_2D, OpKind.MAX_POOL_2D):
        elements = op.kernel[0] * op.kernel[1] * channels
    else:
        elements = 0
    edges = 0
    if op.kind is OpKind.DEPTHWISE_CONV_2D:
        inside = _inside(op, 0) * _inside(op, 1)
        edges = (pixels - inside) * channels
    return 1, pixels, pixels * channels, pixels * elements, edges, op.macs


def _inside(op: OpWork, axis: int) -> int:
    """Positions along one axis at which the window does not leave the image."""
    size, count = op.in_shape[axis], op.out_shape[axis]
    kernel, stride = op.kernel[axis], op.stride[axis]
    before = max((count - 1) * stride + kernel - size, 0) // 2
    first = -(-before // stride)
    last = min((size - kernel + before) // stride, count - 1)
    return max(last - first + 1, 0)


@dataclass(frozen=True, slots=True)
class FrontEndCost:
    """One kind of front end, with the library's interface to it, on one core.

    ``flash_bytes`` are what the functions do not cover: strings, padding, the calls that
    the application makes. ``ram_bytes`` is the context without arena and front end state.
    A classification takes ``per_call`` cycles, each sample taken in ``per_sample``, each
    multiplication ``per_mac``.
    """

    functions: tuple[str, ...]
    flash_bytes: float
    ram_bytes: float
    stack_bytes: int
    per_call: float
    per_sample: float
    per_mac: float


@dataclass(frozen=True, slots=True)
class RunCost:
    """The generated function that runs the operators: ``call_bytes`` of code for each."""

    flash_bytes: float
    call_bytes: float
    stack_bytes: int


@dataclass(frozen=True, slots=True)
class CoreCosts:
    """All calibration data of one core and kernel set.

    ``functions`` maps a C name, without the model's prefix, to its bytes of flash.
    """

    functions: Mapping[str, int]
    kernels: Mapping[OpKind, KernelCost]
    front_ends: Mapping[str, FrontEndCost]
    run: RunCost

    def kernel(self, kind: OpKind) -> KernelCost:
        """The kernel of one operator; raises TargetError if it was never calibrated."""
        try:
            return self.kernels[kind]
        except KeyError:
            raise TargetError(f"there are no cost tables for the operator {kind}") from None

    def code_bytes(self, kinds: frozenset[OpKind], front_end: str) -> int:
        """Flash of all functions that these operators and this front end need, each once."""
        needed = set(self.front_ends[front_end].functions)
        for kind in kinds:
            needed.update(self.kernel(kind).functions)
        return sum(self.functions[name] for name in needed)


@lru_cache(maxsize=32)
def core_costs(core: str, kernels: str) -> CoreCosts:
    """The calibration of ``core`` with a kernel set; raises TargetError if there is none.

    A file with the single key ``like`` stands for another core's: for cores that cannot
    be linked, whose figures are estimates scaled by the target's ``cycle_scale``.
    """
    file = _FOLDER / f"{core}.{kernels}.toml"
    if not file.is_file():
        raise TargetError(
            f"there are no cost tables for the core {core!r} with {kernels} kernels",
            "Inherit one of the cores that `automl-edge targets` lists.",
        )
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    if "like" in table:
        return core_costs(table["like"], kernels)
    return CoreCosts(
        functions=table["functions"],
        kernels={OpKind(kind): KernelCost(**_row(row)) for kind, row in table["kernels"].items()},
        front_ends={kind: FrontEndCost(**_row(row)) for kind, row in table["front_ends"].items()},
        run=RunCost(**table["run"]),
    )


@lru_cache(maxsize=4096)
def code_bytes(core: str, kernels: str, kinds: frozenset[OpKind], front_end: str) -> int:
    """``CoreCosts.code_bytes``, remembered: a search asks for few sets of operators."""
    return core_costs(core, kernels).code_bytes(kinds, front_end)


def _row(row: Mapping[str, object]) -> dict[str, object]:
    return {**row, "functions": tuple(row["functions"])}  # type: ignore[arg-type]
