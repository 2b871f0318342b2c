"""Every operator equals TensorFlow Lite Micro in every byte, on random models of it.

All models are compiled into one library, with traps on undefined behaviour. The number of
models of each operator is AUTOML_EDGE_OP_CASES.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.compiler import (
    Network,
    compile_graph,
    describe_graph,
    from_int8,
    read_tflite,
    to_int8,
)
from automl_edge.compiler.oracle import TFLM, Oracle
from automl_edge.compiler.plan import plan_arena
from automl_edge.compiler.prefix import prefix_header
from automl_edge.compiler.sets import kernel_sources
from automl_edge.compiler.sizes import STRUCT_BYTES, kernel_of, scratch_bytes, weight_bytes
from automl_edge.device.toolchain import UBSAN, build_shared
from automl_edge.domain.graph import Graph, OpKind
from automl_edge.domain.target import KernelSet
from tests.graph_cases import BUILDERS, random_model

CASES = int(os.environ.get("AUTOML_EDGE_OP_CASES", "8"))
INPUTS = 6
SETS = (KernelSet.PORTABLE, KernelSet.M0PLUS)
_WEIGHTED = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D, OpKind.FULLY_CONNECTED)
NAMES = [
    (kernels, kind, seed)
    for kernels in SETS
    for kind in (OpKind if kernels is KernelSet.PORTABLE else _WEIGHTED)
    for seed in range(CASES)
]


Name = tuple[KernelSet, OpKind, int]


@dataclass(frozen=True)
class Case:
    model: bytes
    graph: Graph
    network: Network

    def inputs(self) -> NDArray[np.generic]:
        """Random inputs in the model's own type; the first runs through all of int8."""
        tensor = self.graph.tensors[self.graph.inputs[0]]
        rng = np.random.default_rng(1)
        values = rng.integers(-128, 128, (INPUTS, *tensor.shape)).astype(np.int8)
        values[0] = np.resize(np.arange(-128, 128), tensor.shape)
        return values if tensor.dtype == "int8" else (values * 0.1).astype(np.float32)


def _case(kernels: KernelSet, kind: OpKind, seed: int) -> Case:
    model = random_model(kind, np.random.default_rng([seed, list(OpKind).index(kind)]))
    graph = read_tflite(model)
    symbol = f"{kernels.value}_{kind.lower()}_{seed}"
    return Case(model, graph, compile_graph(graph, symbol, kernels=kernels))


@pytest.fixture(scope="module")
def cases() -> dict[Name, Case]:
    return {name: _case(*name) for name in NAMES}


@pytest.fixture(scope="module")
def run(
    cases: dict[Name, Case],
) -> Callable[[Network, NDArray[np.int8]], NDArray[np.int8]]:
    """Runs a network of ``cases`` on one input; all share one copy of the kernels."""
    sources: dict[str, bytes] = {}
    for case in cases.values():
        sources |= case.network.bundle
    kernels = {kernel for case in cases.values() for kernel in case.network.kernels}
    sources |= {**kernel_sources(sorted(kernels)), **prefix_header("shared")}
    library = ctypes.CDLL(str(build_shared(sources, ("-O1", *UBSAN))))

    def call(network: Network, values: NDArray[np.int8]) -> NDArray[np.int8]:
        function = getattr(library, f"{network.symbol}_net_run")
        function.argtypes, function.restype = (ctypes.c_void_p, ctypes.c_void_p), None
        arena = np.full(network.arena_bytes, 85, np.int8)
        assert network.input_offset is not None
        place = slice(network.input_offset, network.input_offset + values.size)
        arena[place] = values.reshape(-1)
        function(arena.ctypes.data + network.input_offset, arena.ctypes.data)
        return arena[network.output_offset :][: network.output.elements]

    return call


def test_every_operator_has_random_models() -> None:
    assert set(BUILDERS) == set(OpKind)


@pytest.mark.parametrize("name", NAMES)
def test_operator_equals_tflm(
    name: Name,
    cases: dict[Name, Case],
    run: Callable[[Network, NDArray[np.int8]], NDArray[np.int8]],
) -> None:
    case = cases[name]
    oracle = Oracle(case.model)
    if oracle.name != TFLM:
        pytest.skip("the tflite-micro package is not installed")
    network = case.network
    inputs = case.inputs()

    quantised = to_int8(inputs, oracle.input, network.input)
    outputs = np.array([run(network, values) for values in quantised])

    expected = oracle.run(inputs)
    assert np.array_equal(
        from_int8(outputs, network.output, oracle.output).reshape(expected.shape), expected
    )


@pytest.mark.parametrize("name", NAMES)
def test_sizes_are_those_of_the_files(name: Name, cases: dict[Name, Case]) -> None:
    kernels, kind, _ = name
    network = cases[name].network

    text = network.bundle[f"{network.symbol}_weights.h"].decode()
    elements = {"int32_t": 4, "int8_t": 1}
    members = [line.split() for line in text.splitlines() if line.endswith("];")]
    total = sum(
        elements[ctype] * int(name.partition("[")[2].removesuffix("];")) for ctype, name in members
    )
    assert -(-total // 4) * 4 == network.weight_bytes + network.table_bytes
    held = describe_graph(network.graph)
    names = [kernel_of(op, kernels) for op in held.ops]
    if not set(names) <= set(network.kernels):
        return  # numbers that the set's kernel does not suit, which a Workload does not tell
    weights = [weight_bytes(op, kernel) for op, kernel in zip(held.ops, names, strict=True)]
    assert sum(weights) == network.weight_bytes
    if kind is not OpKind.CONCATENATION:  # one call an input, which a Workload does not tell
        assert network.struct_bytes == sum(STRUCT_BYTES[kernel] for kernel in names)
    if all(op.dilation == (1, 1) for op in network.graph.ops):  # nor dilation
        scratch = [scratch_bytes(*pair) for pair in zip(held.ops, names, strict=True)]
        assert network.arena_bytes == plan_arena(held, scratch, input_in_arena=True)[0].size
