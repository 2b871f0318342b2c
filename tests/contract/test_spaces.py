"""What every search space keeps, the user's own included: join by adding a file, nothing else."""

from __future__ import annotations

import ast
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_edge.catalog import load_space, load_target, space_names
from automl_edge.compiler import compile_graph, describe_graph, read_tflite
from automl_edge.compiler.demands import demands, demands_of
from automl_edge.compiler.plan import chain_size, demanded_arena, is_chain, plan_arena
from automl_edge.cost import describe_architecture, footprint
from automl_edge.device.measure import measure
from automl_edge.domain.candidate import Candidate, SearchSpace, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import ImageSpec
from automl_edge.domain.memory import arena_bytes
from automl_edge.domain.target import Budget, KernelSet
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Origin
from automl_edge.search.choices import RandomChoices
from automl_edge.search.sampling import rate, sample_feasible
from automl_edge.training import keras_model, untrained_tflite
from tests.backbone_files import NARROW, NARROW_V2

KIB = 1024
LABELS = ("sitting", "walking", "running", "cycling", "falling")
TASKS = {
    Modality.IMAGE: Task(
        Modality.IMAGE, len(LABELS), image_size=(64, 64), backbones=(NARROW, NARROW_V2)
    ),
    Modality.AUDIO: Task(Modality.AUDIO, len(LABELS), seconds=1.0, rate_hz=16000.0),
    Modality.MOTION: Task(
        Modality.MOTION,
        len(LABELS),
        seconds=2.5,
        rate_hz=100.0,
        motion_offset=(5, -3, 0),
        motion_multiplier=(900, 1000, 1100),
    ),
}
SMALLEST = {
    Modality.IMAGE: ("cortex-m0plus", 64 * KIB, 24 * KIB),
    Modality.AUDIO: ("cortex-m0plus", 64 * KIB, 24 * KIB),
    Modality.MOTION: ("cortex-m0plus", 20 * KIB, 6 * KIB),
}
CASES = [
    pytest.param(load_space(name), modality, id=f"{name}-{modality}")
    for name in space_names()
    for modality in load_space(name).MODALITIES
]


@pytest.mark.parametrize(("space", "modality"), CASES)
def test_random_builds_are_deterministic_and_possible(
    space: SearchSpace, modality: Modality
) -> None:
    target = load_target("cortex-m4")
    for seed in range(50):
        first, again = (rate(space, RandomChoices(seed), TASKS[modality], target) for _ in range(2))
        assert first == again
        assert first.design.architecture.input_shape == first.design.features.output_shape
        workload = describe_architecture(first.design.architecture)
        assert workload.buffers[workload.output] == len(LABELS)


@pytest.mark.parametrize("kernels", list(KernelSet))
@pytest.mark.parametrize(("space", "modality"), CASES)
def test_an_arena_is_rated_as_it_is_planned(
    space: SearchSpace, modality: Modality, kernels: KernelSet
) -> None:
    """With what is remembered of layers, and of chains without placing all buffers."""
    for seed in range(25):
        design = space.build(RandomChoices(seed), TASKS[modality])
        workload = describe_architecture(design.architecture)
        for in_arena in (False, True):
            found = demands_of(workload, kernels)
            names, scratch = demands(workload, kernels)
            size = plan_arena(workload, names, scratch, in_arena)[0].size
            assert arena_bytes(*demanded_arena(workload, found, in_arena)) == size
            if is_chain(workload):
                assert chain_size(workload, found, in_arena) == size


@pytest.mark.parametrize(("space", "modality"), CASES)
def test_degenerate_recordings_still_give_possible_designs(
    space: SearchSpace, modality: Modality
) -> None:
    tiny = {
        Modality.IMAGE: Task(
            Modality.IMAGE, 2, image_size=(1, 1), colour=False, backbones=(NARROW, NARROW_V2)
        ),
        Modality.AUDIO: Task(Modality.AUDIO, 2, seconds=0.02, rate_hz=4000.0),
        Modality.MOTION: Task(
            Modality.MOTION, 2, seconds=0.1, rate_hz=5.0,
            motion_offset=(0,), motion_multiplier=(1,),
        ),
    }  # fmt: skip
    target = load_target("cortex-m4")
    for seed in range(20):
        assert rate(space, RandomChoices(seed), tiny[modality], target).footprint.macs > 0


@pytest.mark.parametrize(("space", "modality"), CASES)
def test_something_fits_the_smallest_target(space: SearchSpace, modality: Modality) -> None:
    assert _small(space, modality)


@pytest.mark.parametrize(("space", "modality"), CASES)
def test_keras_and_cost_agree_on_parameters_and_macs(
    space: SearchSpace, modality: Modality
) -> None:
    """Counted from the Keras model's own layers, batch norm folded into the bias."""
    candidate = rate(
        space, RandomChoices(11, ceiling=0.5), TASKS[modality], load_target("cortex-m4")
    )
    model = keras_model(candidate.design.architecture)
    workload = describe_architecture(candidate.design.architecture)
    layers = [_keras_work(layer) for layer in model.layers]
    assert sum(parameters for parameters, _ in layers) == workload.parameters
    assert sum(macs for _, macs in layers) == workload.macs


@pytest.mark.parametrize(("space", "modality"), CASES)
def test_the_prediction_is_what_conversion_link_and_run_make_of_it(
    space: SearchSpace, modality: Modality
) -> None:
    candidate = _small(space, modality)[0]
    target = load_target(SMALLEST[modality][0])
    design = candidate.design
    shape = design.architecture.input_shape
    noise = np.random.default_rng(1).integers(-128, 128, (8, *shape), np.int8)
    model = untrained_tflite(design.architecture, noise)

    graph = read_tflite(model)
    workload = describe_architecture(design.architecture)
    assert describe_graph(graph) == workload

    in_arena = isinstance(design.features, ImageSpec)
    arena = next(p.ram_bytes for p in candidate.footprint.parts if p.name == "arena")
    network = compile_graph(graph, "model", in_arena, target.kernels)
    assert arena >= network.arena_bytes

    origin = Origin("test", kernels=target.kernels)
    library = build_library(model, design.features, LABELS, 0.5, "model", origin)
    predicted = footprint(library.network.workload, design.features, target)
    found = measure(library.sources, target, predicted)
    hint = "run benchmarks/calibrate.py if kernels, front ends or the interface have changed"
    assert predicted.flash_bytes == pytest.approx(found.flash_bytes, rel=0.05), hint
    assert predicted.ram_bytes == pytest.approx(found.ram_bytes, rel=0.05), hint


def test_spaces_import_the_domain_only() -> None:
    for name in space_names():
        file = Path(str(getattr(load_space(name), "__file__", "")))
        for node in ast.walk(ast.parse(file.read_text())):
            imported = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            assert all(n == "__future__" or n.startswith("automl_edge.domain") for n in imported)


def _small(space: SearchSpace, modality: Modality) -> list[Candidate]:
    """Two candidates that fit the smallest target of the modality."""
    name, flash, ram = SMALLEST[modality]
    target = load_target(name)
    budget = Budget.of(target, flash=flash, ram=ram)
    return list(islice(sample_feasible([space], TASKS[modality], target, budget, seed=2), 2))


def _keras_work(layer: Any) -> tuple[int, int]:
    """(parameters of the int8 operator, MACs) of one Keras layer."""
    kind = type(layer).__name__
    if "BatchNormalization" in kind:
        return layer.gamma.shape[0], 0
    if not hasattr(layer, "kernel"):
        return 0, 0
    weights = int(np.prod(layer.kernel.shape))
    bias = layer.units if kind == "Dense" else 0
    positions = int(np.prod(layer.output.shape[1:-1])) if kind != "Dense" else 1
    return weights + bias, weights * positions
