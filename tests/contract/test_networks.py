"""Whole random networks, whose buffers share the arena, equal TensorFlow Lite Micro.

The arena is full of garbage before each run. AUTOML_EDGE_NETWORKS says how many networks
(100 unless told otherwise), and a quarter as many with residual blocks; each is run with
every kernel set, in plain C.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.compiler import Network, compile_graph, describe_graph, pieces, read_tflite
from automl_edge.compiler.fuse import fuse_sums
from automl_edge.compiler.oracle import TFLM, Oracle
from automl_edge.compiler.plan import arena_buffers, arena_size
from automl_edge.compiler.prefix import prefix_header
from automl_edge.compiler.sizes import kernel_of, scratch_bytes
from automl_edge.device.toolchain import UBSAN, build_shared
from automl_edge.domain.memory import peak_of_live
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import Workload
from tests.graph_networks import inputs_for, random_network, residual_network
from tests.system_gcc import run_with_sanitizers

NETWORKS = int(os.environ.get("AUTOML_EDGE_NETWORKS", "100"))
SANITIZED = 4
LEAST_MACS = 500
INPUTS = 3
SETS = list(KernelSet)
RESIDUAL = range(NETWORKS, NETWORKS + max(NETWORKS // 4, 1))
"""Seeds of networks of residual blocks."""

SEEDS = range(RESIDUAL.stop)
CASES = [(seed, kernels) for seed in SEEDS for kernels in SETS]

Run = Callable[[Network, NDArray[np.int8]], NDArray[np.int8]]


def model_of(seed: int) -> bytes:
    make = residual_network if seed in RESIDUAL else random_network
    return make(np.random.default_rng([seed, 77]))


def compiled(seed: int, kernels: KernelSet, symbol: str = "net") -> Network:
    return compile_graph(read_tflite(model_of(seed)), symbol, kernels=kernels)


@pytest.fixture(scope="module", autouse=True)
def small_pieces() -> Iterator[None]:
    """Sums are fused in networks as small as these, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "LEAST_MACS", LEAST_MACS)
        yield


@pytest.fixture(scope="module")
def networks() -> dict[tuple[int, KernelSet], Network]:
    return {
        (seed, kernels): compiled(seed, kernels, f"{kernels.value}_{seed}")
        for seed, kernels in CASES
    }


@pytest.fixture(scope="module")
def run(networks: dict[tuple[int, KernelSet], Network]) -> Run:
    """Runs a network on one input; all share one copy of the kernels' plain C."""
    sources: dict[str, bytes] = {}
    for network in networks.values():
        sources |= network.bundle
    for network in networks.values():  # after all of them: some have instructions of a chip
        sources |= network.plain
    library = ctypes.CDLL(
        str(build_shared({**sources, **prefix_header("shared")}, ("-O1", *UBSAN)))
    )

    def call(network: Network, values: NDArray[np.int8]) -> NDArray[np.int8]:
        function = getattr(library, f"{network.symbol}_net_run")
        function.argtypes, function.restype = (ctypes.c_void_p, ctypes.c_void_p), None
        garbage = np.random.default_rng(values.size).integers(-128, 128, network.arena_bytes)
        arena = np.zeros(network.arena_bytes // 4 + 1, np.int32).view(np.int8)
        arena[: network.arena_bytes] = garbage
        assert network.input_offset is not None
        arena[network.input_offset :][: values.size] = values.reshape(-1)
        function(arena.ctypes.data + network.input_offset, arena.ctypes.data)
        return arena[network.output_offset :][: network.output.elements].copy()

    return call


@pytest.mark.parametrize(("seed", "kernels"), CASES)
def test_network_equals_tflm(
    seed: int,
    kernels: KernelSet,
    networks: dict[tuple[int, KernelSet], Network],
    run: Run,
) -> None:
    oracle = Oracle(model_of(seed))
    if oracle.name != TFLM:
        pytest.skip("the tflite-micro package is not installed")
    network = networks[seed, kernels]
    inputs = inputs_for(oracle.input.shape[1:], INPUTS, seed)
    outputs = np.array([run(network, values) for values in inputs])
    assert np.array_equal(outputs, oracle.run(inputs).reshape(INPUTS, -1))


def test_buffers_do_share_bytes(networks: dict[tuple[int, KernelSet], Network]) -> None:
    """In three networks of four the arena is below the sum of what lives at once."""
    smaller = 0
    for seed in range(NETWORKS):
        network = networks[seed, KernelSet.PORTABLE]
        ops = network.workload.ops
        scratch = [scratch_bytes(op, kernel_of(op)) for op in ops]
        buffers = arena_buffers(network.workload, scratch, input_in_arena=True)
        smaller += network.arena_bytes < peak_of_live(buffers)
    assert smaller >= 0.75 * NETWORKS


def test_sums_are_computed_by_the_convolution_before_them(
    networks: dict[tuple[int, KernelSet], Network],
) -> None:
    """In one residual network of four at least, whose arena is smaller for it."""
    for kernels in SETS:
        of_set = [networks[seed, kernels] for seed in RESIDUAL]
        fused = [net for net in of_set if any(op.adds for op in net.workload.ops)]
        assert 4 * len(fused) >= len(of_set)
        for net in fused:
            assert net.arena_bytes < arena_of(describe_graph(net.graph), kernels)


def arena_of(workload: Workload, kernels: KernelSet) -> int:
    called = [kernel_of(op, kernels) for op in workload.ops]
    scratch = [scratch_bytes(op, name) for op, name in zip(workload.ops, called, strict=True)]
    return arena_size(workload, called, scratch, input_in_arena=True)


def test_ordering_is_stable(networks: dict[tuple[int, KernelSet], Network]) -> None:
    for (_, kernels), network in networks.items():
        described = fuse_sums(describe_graph(network.graph), kernels, input_in_arena=True)
        assert described == network.workload
        again = compile_graph(network.graph, network.symbol, kernels=kernels)
        assert again.bundle == network.bundle


@pytest.mark.cross
@pytest.mark.parametrize("kernels", SETS)
@pytest.mark.parametrize("seed", [*range(SANITIZED), *RESIDUAL[: SANITIZED // 2]])
def test_no_byte_outside_the_arena_is_touched(
    seed: int, kernels: KernelSet, tmp_path: Path
) -> None:
    network = compiled(seed, kernels)
    oracle = Oracle(model_of(seed))
    inputs = inputs_for(oracle.input.shape[1:], INPUTS, seed)
    found = run_with_sanitizers(network, inputs, tmp_path)
    assert np.array_equal(found, oracle.run(inputs).reshape(INPUTS, -1))
