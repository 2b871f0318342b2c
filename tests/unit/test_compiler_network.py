from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from automl_edge.compiler import HostNetwork, Network, compile_graph, read_tflite
from automl_edge.compiler.oracle import Oracle, _Portable
from automl_edge.compiler.plan import (
    arena_buffers,
    arena_overlaps,
    bytes_in_use,
    plan_arena,
)
from automl_edge.domain.graph import OpKind
from automl_edge.domain.memory import Buffer, Overlap
from automl_edge.domain.workload import OpWork, Workload
from automl_edge.errors import UsageError
from tests.graph_cases import random_model

MODEL = random_model(OpKind.DEQUANTIZE, np.random.default_rng(5))
CONV = random_model(OpKind.CONV_2D, np.random.default_rng(11))


@pytest.fixture(scope="module")
def network() -> Network:
    return compile_graph(read_tflite(CONV), "demo")


def test_generated_files(network: Network) -> None:
    kernels = {f"ae_{kernel}.c" for kernel in network.kernels}
    headers = {"ae_fixed.h", "ae_kernels.h", "ae_lanes.h", "ae_packed.h", "ae_sum.h"}
    headers |= {"ae_paired.h", "ae_pieces.h", "ae_thumb.h", "ae_tiled.h", "ae_window.h"}
    headers |= {"ae_prefix.h"}
    generated = {"demo_net.c", "demo_net.h", "demo_weights.c", "demo_weights.h"}
    assert set(network.bundle) == kernels | headers | generated
    for path, content in network.bundle.items():
        assert content.startswith(b"/* SPDX-License-Identifier: 0BSD */\n"), path


def test_header_tells_the_layout(network: Network) -> None:
    header = network.bundle["demo_net.h"].decode()
    assert f"#define DEMO_ARENA_BYTES {network.arena_bytes}\n" in header
    assert f"#define DEMO_INPUT_OFFSET {network.input_offset}\n" in header
    assert f"#define DEMO_OUTPUT_OFFSET {network.output_offset}\n" in header
    assert "void demo_net_run(const int8_t *input, void *arena);" in header


def test_input_outside_the_arena_saves_its_bytes(network: Network) -> None:
    outside = compile_graph(network.graph, "demo", input_in_arena=False)
    assert outside.input_offset is None
    assert outside.arena_bytes <= network.arena_bytes
    assert b"INPUT_OFFSET" not in outside.bundle["demo_net.h"]


@pytest.mark.parametrize("symbol", ["", "1net", "a-b", "caf\u00e9", "a b"])
def test_a_symbol_that_is_no_identifier_is_refused(symbol: str) -> None:
    with pytest.raises(UsageError):
        compile_graph(read_tflite(CONV), symbol)


def test_compiling_is_deterministic(network: Network) -> None:
    assert compile_graph(read_tflite(CONV), "demo").bundle == network.bundle


def test_host_network_refuses_other_shapes(network: Network) -> None:
    host = HostNetwork(network)
    with pytest.raises(ValueError, match="needs int8 inputs"):
        host.run(np.zeros((2, 3), np.int8))
    with pytest.raises(ValueError, match="needs int8 inputs"):
        host.run(np.zeros((2, *network.input.shape), np.float32))
    assert len(host.run(np.zeros((0, *network.input.shape[1:]), np.int8))) == 0


def test_host_network_runs_in_several_threads(network: Network) -> None:
    host = HostNetwork(network)
    inputs = np.random.default_rng(1).integers(-128, 128, (50, *network.input.shape[1:]), np.int8)
    expected = host.run(inputs)
    results: dict[int, bool] = {}

    def work(number: int) -> None:
        results[number] = bool(np.array_equal(host.run(inputs), expected))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == dict.fromkeys(range(4), True)


def test_portable_oracle_equals_tflm() -> None:
    oracle = Oracle(MODEL)
    inputs = np.random.default_rng(2).normal(0, 2, (10, *oracle.input.shape[1:]))
    fallback = _Portable(read_tflite(MODEL)).run(inputs.astype(np.float32))
    assert np.array_equal(fallback, oracle.run(inputs.astype(np.float32)))


def test_oracle_refuses_other_types() -> None:
    with pytest.raises(ValueError, match="needs float32 inputs"):
        Oracle(MODEL).run(np.zeros((1, 4), np.int8))


def _op(kind: OpKind, inputs: tuple[int, ...], output: int) -> OpWork:
    return OpWork(kind, inputs, output, (1, 1, 8), (1, 1, 8))


RESIDUAL = Workload(
    ops=(
        _op(OpKind.CONCATENATION, (0,), 1),
        _op(OpKind.CONCATENATION, (1,), 2),
        _op(OpKind.ADD, (1, 2), 3),
    ),
    buffers=(8, 8, 8, 8),
    input=0,
    output=3,
)
KERNELS = ("concatenation", "concatenation", "add")


def test_buffers_live_until_they_are_last_read() -> None:
    assert arena_buffers(RESIDUAL, (0, 5, 0), input_in_arena=True) == (
        Buffer(8, 0, 0),
        Buffer(8, 0, 2),
        Buffer(8, 1, 2),
        Buffer(8, 2, 2),
        Buffer(5, 1, 1),
    )


def test_outputs_may_take_over_what_their_operator_reads_last() -> None:
    assert arena_overlaps(RESIDUAL, KERNELS, input_in_arena=True) == (
        Overlap(1, 3, 0),
        Overlap(2, 3, 0),
    )
    assert arena_overlaps(RESIDUAL, KERNELS, input_in_arena=False) == (
        Overlap(0, 2, 0),
        Overlap(1, 2, 0),
    )
    lives_on = replace(RESIDUAL, output=1)
    assert arena_overlaps(lives_on, KERNELS, input_in_arena=True) == (Overlap(2, 3, 0),)
    mixed = ("concatenation", "lookup", "add")
    assert arena_overlaps(RESIDUAL, mixed, input_in_arena=True)[0] == Overlap(1, 3, 0)


def test_plan_gives_every_buffer_its_place() -> None:
    plan, activations, scratch = plan_arena(RESIDUAL, KERNELS, (0, 5, 0), input_in_arena=False)
    assert activations[0] is None
    assert all(offset is not None and offset + 8 <= plan.size for offset in activations[1:])
    assert scratch[1] + 5 <= plan.size
    assert plan.size == 24
    assert activations[3] in activations[1:3]


def test_bytes_in_use_count_shared_ones_once() -> None:
    assert bytes_in_use(RESIDUAL, KERNELS, (0, 5, 0), True) == (16, 24, 16)
    assert bytes_in_use(RESIDUAL, KERNELS, (0, 5, 0), False) == (8, 24, 16)
