"""What the generated code and the interface take: real designs, converted and linked.

The rest of an image after weights, tables, argument structs and known functions is split,
by least squares over many designs, into a part for each kind of interface and a part for
each operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from calibration.draws import Draws

from automl_edge.catalog import spaces_for
from automl_edge.compiler.sizes import kernel_of
from automl_edge.cost import LABEL_BYTES
from automl_edge.device.firmware import link_firmware
from automl_edge.device.measure import link_sizes
from automl_edge.device.stack import stack_bound
from automl_edge.domain.candidate import Design, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.target import KernelSet, Target, Toolchain
from automl_edge.domain.workload import Workload
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from automl_edge.features import front_end_sizes
from automl_edge.training import keras_model, to_int8_tflite

SYMBOL = "model"
EXAMPLES = 3
LABELS = ("Walking", "Running", "Seated", "Standing", "Silence", "Unknown")
TASKS = {
    Modality.IMAGE: Task(Modality.IMAGE, len(LABELS), image_size=(48, 48)),
    Modality.AUDIO: Task(Modality.AUDIO, len(LABELS), seconds=1.0, rate_hz=16000.0),
    Modality.MOTION: Task(
        Modality.MOTION,
        len(LABELS),
        seconds=2.0,
        rate_hz=100.0,
        motion_offset=(1, -2, 3),
        motion_multiplier=(900, 1000, 1100),
    ),
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """One design as a library, with and without its front end, and what it makes the chip do."""

    features: FeatureSpec | None
    library: Library
    workload: Workload

    @property
    def kernels(self) -> tuple[str, ...]:
        """The kernel of each operator."""
        kernels = self.library.info.origin.kernels
        return tuple(kernel_of(op, kernels) for op in self.workload.ops)

    @property
    def kind(self) -> str:
        """The front end's kind, or ``tensor``."""
        return front_end_sizes(self.features).kind if self.features else "tensor"


@lru_cache(maxsize=4)
def examples(kernels: KernelSet) -> tuple[Example, ...]:
    """Small random designs of every space, converted once for all cores with these kernels."""
    found: list[Example] = []
    for modality, task in TASKS.items():
        for space in spaces_for(modality):
            for seed in range(EXAMPLES):
                design = space.build(Draws(seed), task)
                found += _libraries(design, kernels, with_bare=seed == 0)
    return tuple(found)


def _libraries(design: Design, kernels: KernelSet, with_bare: bool) -> list[Example]:
    shape = design.architecture.input_shape
    noise = np.random.default_rng(1).integers(-128, 128, (8, *shape), np.int8)
    model = to_int8_tflite(keras_model(design.architecture), noise)
    made = [_example(model, design.features, LABELS, kernels)]
    if with_bare:
        made.append(_example(model, None, (), kernels))
    return made


def _example(
    model: bytes, features: FeatureSpec | None, labels: tuple[str, ...], kernels: KernelSet
) -> Example:
    origin = Origin("calibration", kernels=kernels)
    library = build_library(model, features, labels, 0.5, SYMBOL, origin)
    return Example(features, library, library.network.workload)


def library_rows(
    target: Target,
    functions: Mapping[str, int],
    kernels: Mapping[str, Row],
    ends: Mapping[str, Row],
) -> tuple[dict[str, Row], Row]:
    """Front end rows completed with the interface's bytes, and the row of ``RunCost``."""
    chain = target.toolchain
    assert chain is not None  # calibrate() has checked
    kinds = sorted({example.kind for example in examples(target.kernels)})
    matrix, flash = [], []
    around: dict[str, list[int]] = {kind: [] for kind in kinds}
    own: list[int] = []
    for example in examples(target.kernels):
        linked = link_sizes(example.library.sources, chain)
        matrix.append([*(float(example.kind == kind) for kind in kinds), len(example.workload.ops)])
        flash.append(linked.flash_bytes - _known_flash(example, functions, kernels, ends))
        front_end, network = _stacks(example, chain)
        around[example.kind].append(linked.stack_bytes - max(front_end, network))
        own.append(network - _deepest_kernel(example, kernels))
    fitted = np.linalg.lstsq(np.array(matrix), np.array(flash, float), rcond=None)[0]
    left = np.abs(np.array(flash) - np.array(matrix) @ fitted)
    print(f"    library: {len(flash)} links, largest rest {left.max():.0f} bytes", flush=True)
    completed: dict[str, Row] = {}
    for index, kind in enumerate(kinds):
        completed[kind] = {
            **ends.get(kind, {"functions": [], "stack_bytes": 0}),
            "interface_bytes": max(round(float(fitted[index]), 1), 0.0),
            "interface_stack_bytes": round(float(np.median(around[kind]))),
        }
    run = {
        "call_bytes": round(float(fitted[-1]), 1),
        "stack_bytes": round(float(np.median(own))),
    }
    return completed, run


def _stacks(example: Example, chain: Toolchain) -> tuple[int, int]:
    """Stack of the front end's functions and of the generated network, each by itself."""
    firmware = link_firmware(chain, example.library.sources)
    front_end = max(
        (
            stack_bound(firmware, function.name)
            for function in firmware.functions
            if function.name.startswith(f"{SYMBOL}_frontend_")
        ),
        default=0,
    )
    return front_end, stack_bound(firmware, f"{SYMBOL}_net_run")


def _known_flash(
    example: Example,
    functions: Mapping[str, int],
    kernels: Mapping[str, Row],
    ends: Mapping[str, Row],
) -> int:
    """Everything in the image that is counted rather than fitted."""
    needed = set(ends[example.kind]["functions"] if example.features else ())
    for kernel in example.kernels:
        needed |= set(kernels[kernel]["functions"])
    network = example.library.network
    tables = network.weight_bytes + network.table_bytes + network.struct_bytes
    code = sum(functions[name] for name in needed)
    if example.features is None:
        return tables + code
    sizes = front_end_sizes(example.features)
    return tables + code + sizes.table_bytes + sizes.struct_bytes + LABEL_BYTES * len(LABELS)


def _deepest_kernel(example: Example, kernels: Mapping[str, Row]) -> int:
    return max(kernels[kernel]["stack_bytes"] for kernel in example.kernels)
