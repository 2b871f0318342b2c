"""What each front end takes on a core: functions, stack, and cycles of whole classifications."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from calibration.build import SYMBOL, Build, build, front_end_sources
from calibration.emulator import MEMORY, Emulator
from calibration.kernels import fitted, needed_functions

from automl_edge.costs.work import FRONT_END_UNITS, front_end_work
from automl_edge.domain.features import CAMERA_FRAME, FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.target import Toolchain

SPECS: dict[str, tuple[FeatureSpec, ...]] = {
    "image": tuple(ImageSpec(n, n, c) for n in (8, 16, 32, 64, 96) for c in (1, 3)),
    "logmel": tuple(
        LogMelSpec(
            rate, rate // 4, rate * window // 1000, rate * hop // 1000, bins, 60, rate * 19 // 40
        )
        for rate, window, hop, bins in (
            (8000, 25, 10, 40),
            (8000, 25, 25, 10),
            (8000, 40, 40, 10),
            (8000, 40, 40, 32),
            (8000, 64, 20, 20),
            (16000, 25, 10, 20),
            (16000, 32, 16, 40),
            (16000, 32, 32, 40),
            (16000, 40, 40, 32),
            (16000, 64, 16, 10),
            (8000, 25, 25, 10),
            (8000, 32, 32, 16),
            (8000, 40, 20, 40),
            (16000, 25, 25, 40),
            (16000, 32, 16, 26),
            (16000, 64, 64, 40),
        )
    ),
    "motion": tuple(
        MotionSpec(50.0, rows, (0,) * axes, (1000,) * axes)
        for rows, axes in ((16, 1), (16, 6), (64, 3), (200, 3), (200, 6))
    ),
}
_STATE = MEMORY + 0x1000
_SCRATCH = MEMORY + 0x20000
_SAMPLES = MEMORY + 0x40000


def front_end_rows(
    core: str, chain: Toolchain
) -> tuple[dict[str, dict[str, Any]], dict[str, Build]]:
    """One row of ``FrontEndCost`` for each kind, and the build that it was read from."""
    rows: dict[str, dict[str, Any]] = {}
    builds: dict[str, Build] = {}
    for kind, specs in SPECS.items():
        runs = [_run(core, chain, spec) for spec in specs]
        builds[kind] = built = runs[0].built
        public = [f"{SYMBOL}_frontend_{name}" for name in _entries(kind)]
        work = np.array([front_end_work(spec) for spec in specs], float)
        cycles = fitted(kind, work, np.array([run.cycles for run in runs], float))
        rows[kind] = {
            "functions": sorted(own_name(kind, name) for name in needed_functions(built, public)),
            "stack_bytes": max(run.stack_bytes for run in runs),
            "cycles": dict(zip(FRONT_END_UNITS, cycles, strict=True)),
        }
    return rows, builds


def own_name(kind: str, name: str) -> str:
    """The generated functions bear the same names in all kinds of front end."""
    return f"{kind}_{name}" if name.startswith("frontend_") else name


def _entries(kind: str) -> Sequence[str]:
    return ("image",) if kind == "image" else ("reset", "feed", "ready", "features")


class _Run(NamedTuple):
    """A front end and what one clip, window or frame took. The bound of the stack would count
    ways of resizing that no candidate goes."""

    built: Build
    cycles: int
    stack_bytes: int


def _run(core: str, chain: Toolchain, spec: FeatureSpec) -> _Run:
    """Build the front end for ``spec`` and run it on one clip, window or frame of noise."""
    with tempfile.TemporaryDirectory() as scratch:
        built = build(chain, front_end_sources(spec), Path(scratch))
    emulator = Emulator(core, built.firmware)
    noise = random.Random(1)
    emulator.write(_SAMPLES, [noise.randrange(-(2**31), 2**31) for _ in range(20000)])
    if isinstance(spec, ImageSpec):
        rows, columns = CAMERA_FRAME
        emulator.write(_STATE, [_SAMPLES, 3 * columns, columns | rows << 16, 1])
        call: tuple[str, int, ...] = (f"{SYMBOL}_frontend_image", _STATE, _SCRATCH)
        return _Run(built, emulator.call(*call), emulator.stack_of(*call))
    reset = f"{SYMBOL}_frontend_reset"
    count = spec.clip if isinstance(spec, LogMelSpec) else spec.window
    call = (f"{SYMBOL}_frontend_feed", _STATE, _SCRATCH, _SAMPLES, count)
    emulator.call(reset, _STATE)
    cycles = emulator.call(*call)
    emulator.call(reset, _STATE)
    return _Run(built, cycles, emulator.stack_of(*call))
