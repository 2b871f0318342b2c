"""Writes the cost tables of ``automl_edge/costs`` from real links and emulated runs.

    python benchmarks/calibrate.py [CORE...]

A core has a table for each kernel set that ``--optimize`` can choose: its own and the portable.

Needs the ``device`` extra (unicorn and capstone). Compiles every kernel and front end for
each core with the flags of the measured firmware, reads their sizes from the objects and
their stack from the linked ELF, and fits cycles to runs over many shapes, counted with the
tables in ``automl_edge/device/cycles``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from calibration.build import SYMBOL, Build, build, kernel_sources, runtime_bytes
from calibration.front_ends import front_end_rows, own_name
from calibration.kernels import kernel_rows
from calibration.library import library_rows

from automl_edge import costs
from automl_edge.catalog import load_target
from automl_edge.device.cycle_table import emulated_cores
from automl_edge.domain.optimize import Optimize, optimised
from automl_edge.domain.target import Target

FOLDER = Path(costs.__file__).parent
SOURCE = "# Written by benchmarks/calibrate.py; see there. Bytes, and cycles by the core's table.\n"


def main() -> None:
    """Calibrate the cores named on the command line, or all."""
    for core in sys.argv[1:] or emulated_cores():
        own = load_target(core)
        for target in dict.fromkeys((own, optimised(own, Optimize.SIZE))):
            print(f"{core}, {target.kernels.value} kernels:", flush=True)
            calibrate(core, target)


def calibrate(core: str, target: Target) -> None:
    """Write the file of one core and of the kernels of ``target``."""
    chain = target.toolchain
    if chain is None:
        raise SystemExit(f"{core} has no toolchain; its file only says which core it is like")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        built = build(chain, kernel_sources(target.kernels), folder)
        kernels = kernel_rows(core, built, target.kernels)
        front_ends, front_end_builds = front_end_rows(core, chain)
        functions = _functions(built, with_constants=True)
        for kind, front_end in front_end_builds.items():
            own = _functions(front_end, with_constants=False)
            functions |= {own_name(kind, name): size for name, size in own.items()}
        named = {
            name for row in (*kernels.values(), *front_ends.values()) for name in row["functions"]
        }
        for name in sorted(named - set(functions)):
            functions[name] = runtime_bytes(chain, name, folder)
    completed, run = library_rows(target, functions, kernels, front_ends)
    tables = {"functions": functions, "kernels": kernels, "front_ends": completed, "run": run}
    file = FOLDER / f"{core}.{target.kernels.value}.toml"
    file.write_text(SOURCE + _toml(tables), encoding="utf-8")


def _functions(built: Build, with_constants: bool) -> dict[str, int]:
    """Bytes of each file's public functions; the first of a file stands for all of them.

    Tables of front ends are left out: ``front_end_sizes`` counts those.
    """
    sizes: dict[str, int] = {}
    for unit in built.units.values():
        names = sorted(name.removeprefix(f"{SYMBOL}_") for name in unit.has)
        if any(name.startswith("bench_") for name in names):
            continue
        whole = unit.code_bytes + (unit.constant_bytes if with_constants else 0)
        for index, name in enumerate(names):
            sizes[name] = whole if index == 0 else 0
    return sizes


def _toml(tables: Mapping[str, object], path: str = "") -> str:
    """TOML text of nested tables of numbers, strings and lists of strings."""
    own = {key: value for key, value in tables.items() if not isinstance(value, Mapping)}
    text = f"\n[{path}]\n" if path and own else ""
    text += "".join(f"{key} = {_value(value)}\n" for key, value in own.items())
    for key, value in tables.items():
        if isinstance(value, Mapping):
            text += _toml(value, f"{path}.{key}" if path else key)
    return text


def _value(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


if __name__ == "__main__":
    main()
