"""Random networks whose layers are computed a few rows at a time equal TensorFlow Lite Micro.

AUTOML_EDGE_BANDED says how many networks (40 unless told otherwise), half of them with
residual blocks; each is run with every kernel set, in plain C. How much work may be added is
not limited here: the networks are too small for what is worth it in others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from automl_edge.compiler import Network, banding, compile_graph, pieces, read_tflite
from automl_edge.compiler.oracle import TFLM, Oracle
from automl_edge.domain.target import KernelSet
from tests.graph_networks import inputs_for, random_network, residual_network
from tests.one_library import Run, build_together
from tests.system_gcc import run_with_sanitizers

NETWORKS = int(os.environ.get("AUTOML_EDGE_BANDED", "40"))
SANITIZED = 4
INPUTS = 3
SETS = list(KernelSet)
CASES = [(seed, kernels) for seed in range(NETWORKS) for kernels in SETS]
Key = tuple[int, KernelSet]


def model_of(seed: int) -> bytes:
    make = residual_network if seed % 2 else random_network
    return make(np.random.default_rng([seed, 80]))


def compiled(seed: int, kernels: KernelSet, symbol: str = "net", row_bands: bool = True) -> Network:
    return compile_graph(read_tflite(model_of(seed)), symbol, True, kernels, row_bands)


def has_bands(network: Network) -> bool:
    return any(op.parts for op in network.workload.ops)


@pytest.fixture(scope="module", autouse=True)
def small_networks() -> Iterator[None]:
    """Nothing is too much work, and nothing too little to be done in pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(banding, "MORE_WORK", 100)
        patch.setattr(pieces, "LEAST_MACS", 500)
        yield


@pytest.fixture(scope="module")
def networks() -> dict[Key, Network]:
    return {
        (seed, kernels): compiled(seed, kernels, f"{kernels.value}_{seed}")
        for seed, kernels in CASES
    }


@pytest.fixture(scope="module")
def run(networks: dict[Key, Network]) -> Run:
    return build_together(list(networks.values()))


@pytest.mark.parametrize(("seed", "kernels"), CASES)
def test_network_equals_tflm(
    seed: int, kernels: KernelSet, networks: dict[Key, Network], run: Run
) -> None:
    oracle = Oracle(model_of(seed))
    if oracle.name != TFLM:
        pytest.skip("the tflite-micro package is not installed")
    inputs = inputs_for(oracle.input.shape[1:], INPUTS, seed)
    outputs = np.array([run(networks[seed, kernels], values) for values in inputs])
    assert np.array_equal(outputs, oracle.run(inputs).reshape(INPUTS, -1))


def test_many_have_bands_and_no_arena_is_larger(networks: dict[Key, Network]) -> None:
    found = 0
    for (seed, kernels), network in networks.items():
        whole = compiled(seed, kernels, row_bands=False)
        found += has_bands(network)
        assert network.arena_bytes <= whole.arena_bytes
        assert (network.arena_bytes < whole.arena_bytes) >= has_bands(network)
        assert network.weight_bytes == whole.weight_bytes  # every table is there once
        assert network.workload.macs == whole.workload.macs  # nothing is computed twice
    assert 4 * found >= len(networks)


@pytest.mark.cross
@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize("in_arena", [True, False])
@pytest.mark.parametrize("seed", range(SANITIZED))
def test_no_byte_outside_the_arena_is_touched(
    seed: int, in_arena: bool, kernels: KernelSet, tmp_path: Path
) -> None:
    network = compile_graph(read_tflite(model_of(seed)), "net", in_arena, kernels, row_bands=True)
    oracle = Oracle(model_of(seed))
    inputs = inputs_for(oracle.input.shape[1:], INPUTS, seed)
    found = run_with_sanitizers(network, inputs, tmp_path)
    assert np.array_equal(found, oracle.run(inputs).reshape(INPUTS, -1))
