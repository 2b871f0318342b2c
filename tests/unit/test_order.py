"""The order of operators in graphs that branch: the smallest peak, the same each time."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.compiler import compile_graph, read_tflite, simplify
from automl_edge.compiler.order import smallest_peak_order, with_smallest_peak
from automl_edge.compiler.plan import arena_buffers, arena_overlaps
from automl_edge.compiler.sizes import kernel_of, scratch_bytes
from automl_edge.domain.graph import OpKind
from automl_edge.domain.memory import peak_of_live
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork, Workload
from tests.tflite_builder import TfliteBuilder

PORTABLE = KernelSet.PORTABLE


def workload_of(reads: list[tuple[int, ...]], sizes: list[int]) -> Workload:
    """Operator n reads buffers ``reads[n]`` and writes n + 1; the last one is the output."""
    ops = []
    for number, inputs in enumerate(reads):
        before, after = sizes[inputs[0]], sizes[number + 1]
        kind = OpKind.CONCATENATION if len(inputs) > 1 else OpKind.CONV_2D
        weights = before * after
        ops.append(
            OpWork(
                kind,
                inputs,
                number + 1,
                (1, 1, before),
                (1, 1, after),
                weight_bytes=weights,
                channels=after,
                macs=weights,
            )
        )
    return Workload(tuple(ops), tuple(sizes), 0, len(reads))


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    """Up to six operators, each of which something reads, the last of all the rest."""
    count = draw(st.integers(1, 5))
    reads: list[tuple[int, ...]] = [(draw(st.integers(0, n)),) for n in range(count)]
    unread = [b for b in range(count + 1) if not any(b in inputs for inputs in reads)]
    reads.append(tuple(unread))
    sizes = [4 * draw(st.integers(1, 50)) for _ in range(count + 2)]
    return workload_of(reads, sizes)


def peak(workload: Workload, order: tuple[int, ...]) -> int:
    ordered = replace(workload, ops=tuple(workload.ops[number] for number in order))
    kernels = [kernel_of(op) for op in ordered.ops]
    scratch = [scratch_bytes(op, name) for op, name in zip(ordered.ops, kernels, strict=True)]
    buffers = arena_buffers(ordered, scratch, input_in_arena=True)
    return peak_of_live(buffers, arena_overlaps(ordered, kernels, input_in_arena=True))


def orders(workload: Workload) -> list[tuple[int, ...]]:
    """All orders in which every operator comes after what it reads."""
    return [
        order
        for order in permutations(range(len(workload.ops)))
        if all(
            buffer == 0 or order.index(buffer - 1) < order.index(number)
            for number, op in enumerate(workload.ops)
            for buffer in op.inputs
        )
    ]


@given(workloads())
def test_no_order_has_a_smaller_peak(workload: Workload) -> None:
    found = smallest_peak_order(workload, PORTABLE)
    assert found in orders(workload)
    assert peak(workload, found) == min(peak(workload, order) for order in orders(workload))


@given(workloads())
def test_the_order_found_is_kept(workload: Workload) -> None:
    order = smallest_peak_order(workload, PORTABLE)
    ordered = replace(workload, ops=tuple(workload.ops[number] for number in order))
    assert smallest_peak_order(ordered, PORTABLE) == tuple(range(len(order)))


def test_the_way_with_the_higher_peak_comes_first() -> None:
    """Two ways from the input, one of which passes a large buffer to a small one."""
    first = workload_of([(0,), (0,), (2,), (1, 3)], [40, 100, 400, 8, 108])
    assert smallest_peak_order(first, PORTABLE) == (1, 2, 0, 3)


def test_a_graph_beyond_the_effort_keeps_its_order() -> None:
    ways = 16
    reads: list[tuple[int, ...]] = [(0,)] * ways
    reads.append(tuple(range(1, ways + 1)))
    wide = workload_of(reads, [8] * (ways + 2))
    assert smallest_peak_order(wide, PORTABLE) == tuple(range(ways + 1))


def two_ways() -> bytes:
    """The way through few channels is written first although the other one needs more."""
    net, rng = TfliteBuilder(), np.random.default_rng(3)
    source = net.input((1, 6, 6, 4))

    def conv(tensor: int, depth: int, channels: int) -> int:
        values = rng.integers(-9, 9, (channels, 1, 1, depth)).astype(np.int8)
        out = net.activation((1, 6, 6, channels))
        return net.conv_2d(tensor, net.constant(values, [0.01]), -1, out)

    flat = net.reshape(conv(source, 4, 8), net.activation((1, 288)))
    other = net.reshape(conv(conv(source, 4, 24), 24, 8), net.activation((1, 288)))
    return net.finish(net.binary("ADD", flat, other, net.activation((1, 288))))


def test_a_graph_is_put_in_order_with_its_aliases() -> None:
    graph = simplify(read_tflite(two_ways()))
    ordered = with_smallest_peak(graph, PORTABLE)
    assert sorted(ordered.ops, key=graph.ops.index) == list(graph.ops)
    assert ordered.ops != graph.ops
    known = {graph.inputs[0]}
    for op in ordered.ops:
        active = [index for index in op.inputs if index >= 0 and graph.tensors[index].data is None]
        assert known.issuperset(active)
        known.update(op.outputs)
    assert compile_graph(graph, "net").graph == ordered
