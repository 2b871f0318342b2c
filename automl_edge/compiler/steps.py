"""The calls of each operator of a workload, and the C statements that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from automl_edge.compiler.band_calls import lower_bands
from automl_edge.compiler.bands import inner_offsets, schedule
from automl_edge.compiler.call import Call, Table
from automl_edge.compiler.describe import number_buffers, writers
from automl_edge.compiler.emit import Statement, pointer, struct_text
from automl_edge.compiler.lower import lower, lower_sum
from automl_edge.domain.graph import Graph
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import Workload


@dataclass(frozen=True, slots=True)
class Step:
    """One operator's ``calls``. Its scratch begins with ``inner_bytes`` of buffers of its own,
    each at its offset in ``inner``; what a call needs itself comes behind them."""

    calls: tuple[Call, ...]
    inner: Mapping[int, int] = field(default_factory=dict)
    inner_bytes: int = 0

    @property
    def scratch(self) -> int:
        """Bytes of the arena that are needed while it runs, beside its inputs and output."""
        return self.inner_bytes + max(call.scratch for call in self.calls)


@dataclass(frozen=True, slots=True)
class Places:
    """Where tensors lie: ``numbers`` are their buffers, ``offsets`` those in the arena."""

    numbers: Mapping[int, int]
    offsets: Sequence[int | None]

    def of(self, tensor: int, inner: Mapping[int, int]) -> str:
        """The C expression; ``inner`` has the offsets of an operator's own buffers."""
        number = self.numbers[tensor]
        if number in inner:
            return f"at + {inner[number]}"
        return f"at + {self.offsets[number]}" if number else "input"


def steps_of(graph: Graph, workload: Workload, kernels: KernelSet) -> tuple[Step, ...]:
    """The calls of every operator of ``workload``, which describes ``graph``."""
    views = writers(graph)
    numbers = number_buffers(graph)
    steps: list[Step] = []
    for op in workload.ops:
        view = views[op.output]
        if op.parts:
            inner, inner_bytes = inner_offsets(op, schedule(op).heights)
            steps.append(Step(lower_bands(op, views, kernels), inner, inner_bytes))
        elif op.adds:
            read = [numbers[tensor] for tensor in view.activations()]
            at = 1 - read.index(op.inputs[1])
            steps.append(Step((lower_sum(views[read[at]], view, op, at, kernels),)))
        else:
            steps.append(Step(lower(view, kernels)))
    return tuple(steps)


def statements_of(
    symbol: str, number: int, step: Step, places: Places, scratch: int
) -> tuple[Statement, ...]:
    """The calls of step ``number`` in C; ``scratch`` is where its scratch lies in the arena.

    Calls with the same arguments share one struct.
    """
    inner = {buffer: scratch + offset for buffer, offset in step.inner.items()}
    structs: dict[tuple[str, str], str] = {}
    found = []
    for part, call in enumerate(step.calls):
        text = struct_text(symbol, call.arguments)
        struct = structs.setdefault((call.kernel, text), f"{call.kernel}_{number}_{part}")
        offsets = call.input_offsets or (0,) * len(call.inputs)
        operands = [
            pointer(symbol, operand)
            if isinstance(operand, Table)
            else _shifted(places.of(operand, inner), offset)
            for operand, offset in zip(call.inputs, offsets, strict=True)
        ]
        operands.append(_shifted(places.of(call.output, inner), call.output_offset))
        if call.takes_scratch:
            operands.append(f"at + {scratch + step.inner_bytes}" if call.scratch else "NULL")
        found.append(Statement(call.kernel, struct, call.arguments, tuple(operands)))
    return tuple(found)


def _shifted(place: str, offset: int) -> str:
    return f"{place} + {offset}" if offset else place
