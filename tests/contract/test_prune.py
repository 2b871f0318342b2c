"""Networks without their dead channels answer as TensorFlow Lite Micro does with them.

The number of random networks is AUTOML_EDGE_PRUNE_CASES.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.compiler import (
    HostNetwork,
    Network,
    compile_graph,
    describe_graph,
    from_int8,
    read_tflite,
    simplify,
    to_int8,
)
from automl_edge.compiler.intervals import bounds_of
from automl_edge.compiler.oracle import TFLM, Oracle
from automl_edge.domain.graph import Tensor
from automl_edge.domain.target import KernelSet
from tests.contract.test_ops_shared_models import MODELS
from tests.dead_channels import planted_body, planted_net
from tests.one_library import Run, build_together

CASES = int(os.environ.get("AUTOML_EDGE_PRUNE_CASES", "200"))
SETS = (KernelSet.PORTABLE, KernelSet.DSP)
LEFT = {"tiny__vww_96_int8": 0.51, "tflite-micro__hello_world_int8": 0.77}
"""The share of MACs that is left at most of the published models with dead channels."""


@dataclass(frozen=True)
class Case:
    model: bytes
    network: Network


def _case(seed: int) -> Case:
    model = planted_net(np.random.default_rng(seed))
    kernels = SETS[seed % len(SETS)]
    network = compile_graph(read_tflite(model), f"planted_{seed}", kernels=kernels)
    return Case(model, network)


def _inputs(tensor: Tensor, seed: int) -> NDArray[np.int8]:
    """Random inputs, and the extremes: all low, all high, chequered, low or high at random."""
    rng = np.random.default_rng(seed)
    shape = tensor.shape[1:]
    places = np.indices(shape)
    chequers = [np.where(places.sum(axis=0) // size % 2, 127, -128) for size in (1, 2, 3)]
    columns = [np.where(places[-1] % 2 == odd, 127, -128) for odd in (0, 1)]
    flat = [np.full(shape, value) for value in (-128, 127, tensor.zero_point)]
    corners = list(rng.choice((-128, 127), (4, *shape)))
    noise = list(rng.integers(-128, 128, (6, *shape)))
    return np.array([*chequers, *columns, *flat, *corners, *noise], np.int8)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [_case(seed) for seed in range(CASES)]


@pytest.fixture(scope="module")
def run(cases: list[Case]) -> Run:
    return build_together([case.network for case in cases])


@pytest.mark.parametrize("seed", range(CASES))
def test_a_pruned_network_equals_tflm(seed: int, cases: list[Case], run: Run) -> None:
    case = cases[seed]
    oracle = Oracle(case.model)
    if oracle.name != TFLM:
        pytest.skip("the tflite-micro package is not installed")
    inputs = _inputs(oracle.input, seed)

    outputs = np.array([run(case.network, values) for values in inputs])

    expected = oracle.run(inputs)
    assert np.array_equal(outputs.reshape(expected.shape), expected)


def test_most_of_the_random_networks_lose_channels(cases: list[Case]) -> None:
    before = [describe_graph(read_tflite(case.model)).macs for case in cases]
    after = [case.network.workload.macs for case in cases]
    assert all(less <= more for less, more in zip(after, before, strict=True))
    assert sum(less < more for less, more in zip(after, before, strict=True)) > len(cases) / 2


@pytest.mark.parametrize("seed", range(60))
def test_no_value_is_out_of_bounds(seed: int) -> None:
    """What TFLM gives after one to four blocks, and sometimes a dense layer."""
    net = planted_body(np.random.default_rng(seed), 1 + seed % 4)
    if seed % 3 == 0:
        net.dense()
    model = net.finish()
    oracle = Oracle(model)
    graph = simplify(read_tflite(model))
    bounds = bounds_of(graph)[graph.outputs[0]]

    values = oracle.run(_inputs(oracle.input, seed)).astype(np.int64)

    rows = values.reshape(-1, len(bounds.low))
    assert (rows.min(axis=0) >= bounds.low).all()
    assert (rows.max(axis=0) <= bounds.high).all()


@pytest.mark.shared
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kernels", SETS)
def test_published_models_equal_tflm_at_extremes(
    shared: Path, name: str, kernels: KernelSet
) -> None:
    model = (shared / "models" / f"{name}.tflite").read_bytes()
    graph = read_tflite(model)
    network = compile_graph(graph, "net", kernels=kernels)
    oracle = Oracle(model)
    inputs = _inputs(network.input, 1)
    theirs = from_int8(inputs, network.input, oracle.input)

    outputs = HostNetwork(network).run(to_int8(theirs, oracle.input, network.input))

    assert network.workload.macs <= LEFT.get(name, 1) * describe_graph(graph).macs
    assert np.array_equal(from_int8(outputs, network.output, oracle.output), oracle.run(theirs))
