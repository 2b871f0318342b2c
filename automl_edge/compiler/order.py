"""The order of operators that needs the smallest arena: a choice only where a graph branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from automl_edge.compiler.describe import describe_graph
from automl_edge.compiler.overlap import lead_over
from automl_edge.compiler.sizes import kernel_of, scratch_bytes
from automl_edge.domain.graph import Graph, Op, OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import Workload

EFFORT = 4000
"""Sets of operators that are looked at; a graph with more keeps its order."""


def with_smallest_peak(graph: Graph, kernels: KernelSet) -> Graph:
    """``graph``, simplified, with its operators in the order of ``smallest_peak_order``."""
    order = smallest_peak_order(describe_graph(graph), kernels)
    executed = [op for op in graph.ops if op.kind is not OpKind.RESHAPE]
    aliases = [op for op in graph.ops if op.kind is OpKind.RESHAPE]
    known = {graph.inputs[0]}
    ops: list[Op] = []
    for op in (None, *(executed[number] for number in order)):
        if op is not None:
            ops.append(op)
            known.update(op.outputs)
        for alias in aliases:  # in order of production, so that chains of them are found
            if alias.inputs[0] in known and alias.outputs[0] not in known:
                ops.append(alias)
                known.update(alias.outputs)
    return replace(graph, ops=tuple(ops))


def smallest_peak_order(workload: Workload, kernels: KernelSet) -> tuple[int, ...]:
    """Numbers of the operators in the order whose peak of live bytes is the smallest.

    Exact for up to EFFORT sets of operators that can have run; the order is the given one
    where none is better or there are more. Scratch counts, and bytes that an output takes
    over from an input that dies count once.
    """
    given = tuple(range(len(workload.ops)))
    if all(workload.ops[n].output in workload.ops[n + 1].inputs for n in given[:-1]):
        return given
    search = _Search(workload, kernels)
    best = search.best()
    return best if best and search.peak(best) < search.peak(given) else given


class _Search:
    """Sets of operators that have run, as bit masks, the one with the smallest peak first."""

    def __init__(self, workload: Workload, kernels: KernelSet) -> None:
        self._workload = workload
        self._readers = [0] * len(workload.buffers)
        self._writers = [0] * len(workload.buffers)
        for number, op in enumerate(workload.ops):
            self._writers[op.output] = 1 << number
            for buffer in op.inputs:
                self._readers[buffer] |= 1 << number
        self._readers[workload.output] |= 1 << len(workload.ops)  # read when all have run
        called = [kernel_of(op, kernels) for op in workload.ops]
        self._scratch = [
            scratch_bytes(op, name) for op, name in zip(workload.ops, called, strict=True)
        ]
        self._savings = [dict(_savings(workload, n, name)) for n, name in enumerate(called)]

    def best(self) -> tuple[int, ...] | None:
        """The order with the smallest peak, or None if finding it takes more than EFFORT."""
        everything = (1 << len(self._workload.ops)) - 1
        heap: list[tuple[int, int, tuple[int, ...], int]] = [(0, 0, (), 0)]
        seen: set[int] = set()
        while heap and len(seen) < EFFORT:
            peak, _, order, done = heappop(heap)
            if done == everything:
                return order
            if done in seen:
                continue
            seen.add(done)
            for number in self._ready(done):
                after = done | 1 << number
                if after not in seen:
                    high = max(peak, self._bytes(number, done))
                    heappush(heap, (high, -len(order) - 1, (*order, number), after))
        return None

    def peak(self, order: Sequence[int]) -> int:
        """The most bytes that live at once."""
        peak = done = 0
        for number in order:
            peak = max(peak, self._bytes(number, done))
            done |= 1 << number
        return peak

    def _ready(self, done: int) -> Iterator[int]:
        for number, op in enumerate(self._workload.ops):
            needed = 0
            for buffer in op.inputs:
                needed |= self._writers[buffer]
            if not done >> number & 1 and needed & done == needed:
                yield number

    def _bytes(self, number: int, done: int) -> int:
        """Bytes that live while operator ``number`` runs after those in ``done``."""
        op, after = self._workload.ops[number], done | 1 << number
        live = self._scratch[number] + self._workload.buffers[op.output]
        for buffer, size in enumerate(self._workload.buffers):
            if self._writers[buffer] & done == self._writers[buffer]:
                live += size if self._readers[buffer] & ~done else 0
        saved = sum(
            saving
            for buffer, saving in self._savings[number].items()
            if not self._readers[buffer] & ~after
        )
        return live - min(saved, self._workload.buffers[op.output])


def _savings(workload: Workload, number: int, kernel: str) -> Iterator[tuple[int, int]]:
    """Bytes that an operator's output can take over from each input, if that dies."""
    op = workload.ops[number]
    written = workload.buffers[op.output]
    for buffer in op.inputs:
        size = workload.buffers[buffer]
        lead = lead_over(op, kernel, buffer, workload.buffers)
        if lead is not None:
            yield buffer, max(0, size + written - max(max(lead.least, 0) + size, written))
