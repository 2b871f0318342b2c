"""Every operator equals TensorFlow Lite Micro in every byte, on random models of it.

All models are compiled into one library, with traps on undefined behaviour. The number of
models of each operator is AUTOML_EDGE_OP_CASES.
"""

from __future__ import annotations

import os
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
from automl_edge.compiler.sizes import STRUCT_BYTES, kernel_of, scratch_bytes
from automl_edge.domain.graph import Graph, OpKind
from tests.graph_cases import BUILDERS, random_model
from tests.one_library import Run, build_together

CASES = int(os.environ.get("AUTOML_EDGE_OP_CASES", "8"))
INPUTS = 6
NAMES = [(kind, seed) for kind in OpKind for seed in range(CASES)]


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


def _case(kind: OpKind, seed: int) -> Case:
    model = random_model(kind, np.random.default_rng([seed, list(OpKind).index(kind)]))
    graph = read_tflite(model)
    return Case(model, graph, compile_graph(graph, f"{kind.lower()}_{seed}"))


@pytest.fixture(scope="module")
def cases() -> dict[tuple[OpKind, int], Case]:
    return {name: _case(*name) for name in NAMES}


@pytest.fixture(scope="module")
def run(cases: dict[tuple[OpKind, int], Case]) -> Run:
    return build_together([case.network for case in cases.values()])


def test_every_operator_has_random_models() -> None:
    assert set(BUILDERS) == set(OpKind)


@pytest.mark.parametrize(("kind", "seed"), NAMES)
def test_operator_equals_tflm(
    kind: OpKind,
    seed: int,
    cases: dict[tuple[OpKind, int], Case],
    run: Run,
) -> None:
    case = cases[kind, seed]
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


@pytest.mark.parametrize(("kind", "seed"), NAMES)
def test_sizes_are_those_of_the_files(
    kind: OpKind, seed: int, cases: dict[tuple[OpKind, int], Case]
) -> None:
    network = cases[kind, seed].network

    weights = network.bundle[f"{network.symbol}_weights.h"].decode()
    elements = {"int32_t": 4, "int8_t": 1}
    members = [line.split() for line in weights.splitlines() if line.endswith("];")]
    total = sum(
        elements[ctype] * int(name.partition("[")[2].removesuffix("];")) for ctype, name in members
    )
    assert -(-total // 4) * 4 == network.weight_bytes + network.table_bytes
    held = describe_graph(network.graph)
    assert sum(op.weight_bytes for op in held.ops) == network.weight_bytes
    if kind is not OpKind.CONCATENATION:  # one call an input, which a Workload does not tell
        assert network.struct_bytes == sum(STRUCT_BYTES[kernel_of(op)] for op in held.ops)
    called = [kernel_of(op) for op in held.ops]
    scratch = [scratch_bytes(op, name) for op, name in zip(held.ops, called, strict=True)]
    assert network.arena_bytes == plan_arena(held, called, scratch, input_in_arena=True)[0].size
