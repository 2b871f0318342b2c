"""Calibration: what kernels, front ends and the library's own code cost on each core.

The ``.toml`` files beside this one are written by ``benchmarks/calibrate.py`` from real
links and emulated runs; nothing in them is set by hand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from pathlib import Path
from typing import Any

from automl_edge.costs.work import FRONT_END_UNITS, OP_UNITS
from automl_edge.errors import TargetError

_FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class KernelCost:
    """One kernel on one core.

    ``functions`` are all that it calls, itself included; ``stack_bytes`` their deepest
    stack; ``cycles`` those of each unit of its work (``OP_UNITS``), by the core's cycle
    table, memory without wait states.
    """

    functions: tuple[str, ...]
    stack_bytes: int
    cycles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FrontEndCost:
    """One kind of front end and the library's interface to it, on one core.

    As in KernelCost, with ``cycles`` of FRONT_END_UNITS. ``interface_bytes`` of flash are
    what no function covers: the interface, the generated function without its calls, the
    calls that the application makes. ``interface_stack_bytes`` is what they add to the
    deeper of front end and network.
    """

    functions: tuple[str, ...]
    stack_bytes: int
    cycles: tuple[float, ...]
    interface_bytes: float
    interface_stack_bytes: int


def cycles_of(cost: KernelCost | FrontEndCost, work: tuple[int, ...]) -> float:
    """Cycles of ``work``, which is in the units of ``cost.cycles``."""
    total: float = sum(map(mul, cost.cycles, work))
    return total


@dataclass(frozen=True, slots=True)
class RunCost:
    """The generated function that runs the operators: code of each call, its own stack."""

    call_bytes: float
    stack_bytes: int


@dataclass(frozen=True, slots=True)
class CoreCosts:
    """All calibration data of one core and kernel set.

    ``functions`` maps a C name, without the model's prefix, to its bytes of flash;
    ``kernels`` is by C name, ``front_ends`` by kind (and ``tensor`` for a bare network).
    """

    functions: Mapping[str, int]
    kernels: Mapping[str, KernelCost]
    front_ends: Mapping[str, FrontEndCost]
    run: RunCost

    def code_bytes(self, kernels: frozenset[str], front_end: str) -> int:
        """Flash of all functions that these kernels and this front end need, each once."""
        needed = set(self.front_ends[front_end].functions)
        for kernel in kernels:
            needed.update(self.kernels[kernel].functions)
        return sum(self.functions[name] for name in needed)


@lru_cache(maxsize=32)
def core_costs(core: str, kernel_set: str) -> CoreCosts:
    """The calibration of ``core`` with a kernel set; raises TargetError if there is none.

    A file with the single key ``like`` stands for another core's: for cores that cannot
    be linked, whose figures are estimates scaled by the target's ``cycle_factor``.
    """
    file = _FOLDER / f"{core}.{kernel_set}.toml"
    if not file.is_file():
        raise TargetError(
            f"there are no cost tables for the core {core!r} with {kernel_set} kernels",
            "Inherit one of the cores that `automl-edge targets` lists.",
        )
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    if "like" in table:
        return core_costs(table["like"], kernel_set)
    return CoreCosts(
        functions=table["functions"],
        kernels={name: KernelCost(**_row(row, OP_UNITS)) for name, row in table["kernels"].items()},
        front_ends={
            kind: FrontEndCost(**_row(row, FRONT_END_UNITS))
            for kind, row in table["front_ends"].items()
        },
        run=RunCost(**table["run"]),
    )


def _row(row: Mapping[str, Any], units: tuple[str, ...]) -> dict[str, Any]:
    cycles = row.get("cycles", {})
    return {
        **row,
        "functions": tuple(row["functions"]),
        "cycles": tuple(cycles.get(unit, 0.0) for unit in units),
    }
