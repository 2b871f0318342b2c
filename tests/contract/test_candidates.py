"""Random untrained candidates of every space: converted, compiled, run, equal in every byte.

AUTOML_EDGE_CANDIDATES says how many of each space (5 unless told otherwise). The weights
and the batch norms are random, so that multipliers and zero points differ by channel.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_edge.catalog import load_space, load_target, space_names
from automl_edge.compiler import (
    HostNetwork,
    compile_graph,
    describe_graph,
    read_tflite,
    simplify,
)
from automl_edge.compiler.oracle import Oracle
from automl_edge.cost import describe_architecture
from automl_edge.domain.candidate import Candidate, SearchSpace, Task
from automl_edge.domain.dataset import Modality
from automl_edge.search.choices import RandomChoices
from automl_edge.search.sampling import rate
from tests.backbone_files import NARROW, NARROW_V2
from tests.system_gcc import ARM, compile_units, run_with_sanitizers

CANDIDATES = int(os.environ.get("AUTOML_EDGE_CANDIDATES", "5"))
INPUTS = 4
TOO_SLOW_MACS = 30_000_000
TASKS = {
    Modality.IMAGE: Task(
        Modality.IMAGE, classes=6, image_size=(128, 171), backbones=(NARROW, NARROW_V2)
    ),
    Modality.AUDIO: Task(Modality.AUDIO, classes=6, seconds=1.0, rate_hz=16000),
    Modality.MOTION: Task(
        Modality.MOTION,
        classes=5,
        seconds=1.0,
        rate_hz=100,
        motion_offset=(0, 0, 0),
        motion_multiplier=(400, 400, 400),
    ),
}


def candidate_of(space: SearchSpace, seed: int) -> Candidate:
    """A design of ``space``, small enough to be run some times by the reference."""
    draw = random.Random(f"{space.NAME} {seed}")
    task = TASKS[draw.choice(space.MODALITIES)]
    while True:
        found = rate(space, RandomChoices(draw, draw.random()), task, load_target("cortex-m4"))
        if found.footprint.macs < TOO_SLOW_MACS:
            return found


def untrained(candidate: Candidate, seed: int) -> Any:
    """The Keras model with random weights and batch norms."""
    from automl_edge.training import keras_model

    model = keras_model(candidate.design.architecture, seed)
    generator = np.random.default_rng(seed)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            shape = layer.gamma.shape
            layer.set_weights(
                [
                    generator.uniform(0.2, 2.0, shape),
                    generator.normal(0, 0.5, shape),
                    generator.normal(0, 0.5, shape),
                    generator.uniform(0.3, 3.0, shape),
                ]
            )
    return model


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where kernels that gcc has compiled are kept from one candidate to the next."""
    return tmp_path_factory.mktemp("objects")


@pytest.mark.slow
@pytest.mark.cross
@pytest.mark.parametrize("seed", range(CANDIDATES))
@pytest.mark.parametrize("name", space_names())
def test_a_random_candidate_is_exact_in_c(name: str, seed: int, objects: Path) -> None:
    """No warning, nothing for ASan and UBSan to say, and TFLM's bytes."""
    from automl_edge.training import to_int8_tflite

    candidate = candidate_of(load_space(name), seed)
    generator = np.random.default_rng(seed)
    shape = candidate.design.features.output_shape
    model = to_int8_tflite(
        untrained(candidate, seed), generator.integers(-128, 128, (8, *shape), np.int8)
    )
    graph = simplify(read_tflite(model))
    inputs = generator.integers(-128, 128, (INPUTS, *shape), np.int8)

    network = compile_graph(graph, "net")
    ours = run_with_sanitizers(network, inputs, objects)

    theirs = Oracle(model).run(inputs)
    assert np.array_equal(ours, theirs.reshape(INPUTS, -1))
    assert describe_graph(graph) == describe_architecture(candidate.design.architecture)
    if seed == 0:
        compile_units("arm-none-eabi-gcc", network, ("-mcpu=cortex-m0plus", *ARM), objects / "arm")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(CANDIDATES // 2))
@pytest.mark.parametrize("name", space_names())
def test_learnt_ranges_reach_their_operators(name: str, seed: int) -> None:
    """What the rounding network learnt is what the int8 model has, and its C is TFLM's."""
    from automl_edge.training import to_int8_tflite
    from automl_edge.training.fake_quant import RoundingNetwork
    from automl_edge.training.qat import of_operators

    candidate = candidate_of(load_space(name), seed)
    architecture = candidate.design.architecture
    generator = np.random.default_rng(seed)
    features = generator.integers(-128, 128, (8, *architecture.input_shape), np.int8)
    weights = untrained(candidate, seed)
    network = RoundingNetwork(architecture, tuple(weights.get_weights()), seed)
    network.settle(features)
    ranges = of_operators(architecture, network.ranges)
    model = to_int8_tflite(weights, features, ranges)

    graph = simplify(read_tflite(model))
    assert describe_graph(graph) == describe_architecture(architecture)
    for op, found in zip(graph.ops, ranges, strict=True):
        if found is not None:
            span = 255 * graph.tensors[op.outputs[0]].scale
            assert span == pytest.approx(found.high - found.low, rel=1e-4)
    ours = HostNetwork(compile_graph(graph, "net")).run(features[:2])
    assert np.array_equal(ours.reshape(-1), Oracle(model).run(features[:2]).reshape(-1))
