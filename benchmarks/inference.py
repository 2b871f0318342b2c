"""Inference of the exported C beside TensorFlow Lite Micro with CMSIS-NN, on emulated cores.

    python benchmarks/inference.py [--cores cortex-m4 ...] [--kernels dsp]

Needs the ``device`` extra, and the MLPerf Tiny and micro_speech models in
``$AUTOML_EDGE_SHARED/models`` or ``../shared/models``. Every model is compiled for each
core, linked, run once on random input and compared byte for byte with TensorFlow Lite Micro.
Instructions are counted, cycles follow from the core's table with memory without wait
states. TFLM's figures are of gcc 12.2, the core at -Os and kernels at -O2, with one operator
resolver a model, counted on emulated cores in the same way.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automl_edge.catalog import load_target
from automl_edge.compiler import read_tflite, to_int8
from automl_edge.compiler.oracle import Oracle
from automl_edge.device.emulate import run_on_core
from automl_edge.device.measure import link_sizes
from automl_edge.domain.target import KernelSet, Target
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Origin

CORES = ("cortex-m4", "cortex-m7", "cortex-m33", "cortex-m3", "cortex-m0plus", "esp32-c3")
_CODE_PARTS = ("code", "interface", "runtime")


@dataclass(frozen=True)
class Rival:
    """TFLM with CMSIS-NN: counts, and bytes of arena, stack and code without the model."""

    instructions: int
    cycles: float | None = None
    ram: int | None = None
    code: int | None = None


MODELS = {
    "kws": "tiny__kws_ref_model.tflite",
    "vww": "tiny__vww_96_int8.tflite",
    "ic": "tiny__pretrainedResnet_quant.tflite",
    "ad": "tiny__model_ToyCar_quant_fullint_micro_intio.tflite",
    "micro_speech": "tflite-micro__micro_speech_quantized.tflite",
}
RIVALS = {
    "cortex-m4": {
        "kws": Rival(7_699_746, 9.20e6, 22_820 + 852, 53_208),
        "vww": Rival(24_101_549, 29.16e6, 100_708 + 852, 53_208),
        "ic": Rival(29_863_391, 36.51e6, 54_996 + 852, 51_010),
        "ad": Rival(582_861, 0.723e6, 2_580 + 564, 27_875),
        "micro_speech": Rival(1_495_360, 2.04e6, 6_836),
    },
    "cortex-m0plus": {
        "kws": Rival(29_000_000),
        "vww": Rival(86_900_000),
        "ic": Rival(97_600_000),
        "ad": Rival(1_760_000),
    },
}
"""Measured for this project's design on emulated Cortex-M4 and M0 cores, with these models."""


@dataclass(frozen=True)
class Ours:
    """One run of the exported C; bytes, and whether they are TFLM's."""

    instructions: int
    cycles: int
    arena: int
    ram: int
    code: int
    flash: int
    same: bool


def measure(model: bytes, target: Target, kernels: KernelSet) -> Ours:
    """Compile, link, run and compare ``model`` for ``target`` with a kernel set."""
    origin = Origin("benchmark", kernels=kernels)
    library = build_library(model, None, (), 0.0, "model", origin)
    assert target.toolchain is not None
    linked = link_sizes(library.sources, target.toolchain)
    run = run_on_core(library.sources, target)
    network = library.network
    return Ours(
        instructions=run.instructions,
        cycles=run.cycles,
        arena=network.arena_bytes,
        ram=linked.static_ram_bytes + run.stack_bytes,
        code=sum(part.flash_bytes for part in linked.parts if part.name in _CODE_PARTS),
        flash=linked.flash_bytes,
        same=run.scores == _reference(model, run.features),
    )


def _reference(model: bytes, features: bytes) -> bytes:
    """TFLM's int8 output for the int8 input ``features``; the models here are int8 throughout."""
    graph = read_tflite(model)
    oracle = Oracle(model)
    source = graph.tensors[graph.inputs[0]]
    values = np.frombuffer(features, np.int8).reshape(1, *source.shape)
    return oracle.run(to_int8(values, source, source)).tobytes()


def row(name: str, ours: Ours, rival: Rival | None) -> str:
    """A line of the table; ratios to the rival stand in brackets."""
    against = rival or Rival(0)
    cells = (
        name,
        _cell(ours.instructions, against.instructions),
        _cell(ours.cycles, against.cycles),
        f"{ours.arena:,}",
        _cell(ours.ram, against.ram),
        _cell(ours.code, against.code),
        f"{ours.flash:,}",
        "yes" if ours.same else "NO",
    )
    return f"| {' | '.join(cells)} |"


def _cell(ours: float, rival: float | None) -> str:
    return f"{ours:,} ({ours / rival:.2f})" if rival else f"{ours:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", nargs="+", default=CORES)
    parser.add_argument("--kernels", type=KernelSet, help="instead of the target's own set")
    options = parser.parse_args()
    shared = Path(os.environ.get("AUTOML_EDGE_SHARED", "../shared"))
    for core in options.cores:
        target = load_target(core)
        kernels = options.kernels or target.kernels
        print(f"\n{target.title}, {kernels} kernels\n")
        print("| model | instructions | cycles | arena | RAM | code | flash | bytes as TFLM |")
        print("|---|---:|---:|---:|---:|---:|---:|---|")
        for name, file in MODELS.items():
            ours = measure((shared / "models" / file).read_bytes(), target, kernels)
            print(row(name, ours, RIVALS.get(core, {}).get(name)), flush=True)


if __name__ == "__main__":
    main()
