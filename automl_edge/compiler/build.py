"""compile_graph: simplify, order, lower, plan, emit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from automl_edge.compiler.call import Call, Table, tables
from automl_edge.compiler.check import check_body
from automl_edge.compiler.describe import describe_graph, number_buffers, writers
from automl_edge.compiler.emit import (
    Layout,
    Statement,
    net_files,
    pointer,
    weights_files,
)
from automl_edge.compiler.fuse import fuse_sums
from automl_edge.compiler.lower import lower, lower_sum
from automl_edge.compiler.network import Network
from automl_edge.compiler.order import with_smallest_peak
from automl_edge.compiler.passes import simplify
from automl_edge.compiler.plan import bytes_in_use, plan_arena
from automl_edge.compiler.prefix import prefix_header
from automl_edge.compiler.prune import prune
from automl_edge.compiler.sets import CHANNEL_MULTIPLE, kernel_sources, plain_sources
from automl_edge.compiler.sizes import NEEDS, STRUCT_BYTES
from automl_edge.domain.bundle import merge
from automl_edge.domain.graph import Graph
from automl_edge.domain.memory import align
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import Workload
from automl_edge.errors import UsageError

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def compile_graph(
    graph: Graph,
    symbol: str,
    input_in_arena: bool = True,
    kernels: KernelSet = KernelSet.PORTABLE,
) -> Network:
    """The C of ``graph`` and its sizes; ``symbol`` begins every public C name.

    With ``input_in_arena`` False the caller's buffer is read in place. Dead channels are
    left out, but for those that the kernels are faster with. Raises ModelFileError for what
    cannot be compiled and UsageError for a ``symbol`` that is not a C identifier.
    """
    if not _IDENTIFIER.fullmatch(symbol):
        raise UsageError(f"{symbol!r} cannot begin C names", "Use letters, digits and _.")
    graph = simplify(graph)
    check_body(graph)
    graph = with_smallest_peak(prune(graph, CHANNEL_MULTIPLE.get(kernels, 1)), kernels)
    workload = fuse_sums(describe_graph(graph), kernels, input_in_arena)
    steps = _steps(graph, workload, kernels)
    calls = [call for step in steps for call in step]
    scratch = [max(call.scratch for call in step) for step in steps]
    main_calls = [step[0].kernel for step in steps]  # all of one operator are of one kernel
    plan, activations, scratches = plan_arena(workload, main_calls, scratch, input_in_arena)
    numbers = number_buffers(graph)
    places = {tensor: _place(activations, number) for tensor, number in numbers.items()}
    output_offset = activations[workload.output]
    assert output_offset is not None  # check_body: the output is computed
    layout = Layout(plan.size, activations[workload.input], output_offset)
    statements = [
        _statement(symbol, call, f"{call.kernel}_{step}_{part}", places, scratches[step])
        for step, group in enumerate(steps)
        for part, call in enumerate(group)
    ]
    constants = _constants(calls)
    called = sorted({call.kernel for call in calls})
    weight_bytes = sum(table.values.nbytes for table in constants if table.is_weights)
    all_bytes = sum(table.values.nbytes for table in constants)
    return Network(
        symbol=symbol,
        bundle=merge(
            net_files(symbol, layout, statements),
            weights_files(symbol, constants),
            prefix_header(symbol),
            kernel_sources(called, kernels),
        ),
        plain=plain_sources(called, kernels),
        graph=graph,
        workload=workload,
        input=graph.tensors[graph.inputs[0]],
        output=graph.tensors[graph.outputs[0]],
        arena_bytes=plan.size,
        in_use=bytes_in_use(workload, main_calls, scratch, input_in_arena),
        input_offset=layout.input_offset,
        output_offset=layout.output_offset,
        weight_bytes=weight_bytes,
        table_bytes=align(all_bytes) - weight_bytes,
        struct_bytes=sum(STRUCT_BYTES[call.kernel] for call in calls),
        kernels=_with_callees(called),
        calls=tuple(len(step) for step in steps),
    )


def _steps(graph: Graph, workload: Workload, kernels: KernelSet) -> list[tuple[Call, ...]]:
    """The calls of each operator of ``workload``."""
    views = writers(graph)
    numbers = number_buffers(graph)
    steps: list[tuple[Call, ...]] = []
    for op in workload.ops:
        view = views[op.output]
        if op.adds:
            read = {numbers[tensor] for tensor in view.activations()}
            (summed,) = read - {op.inputs[1]}
            steps.append((lower_sum(views[summed], view, op, kernels),))
        else:
            steps.append(lower(view, kernels))
    return steps


def _statement(
    symbol: str, call: Call, struct: str, places: dict[int, str], scratch: int
) -> Statement:
    """``call`` with C expressions for its tensors."""
    operands = [
        pointer(symbol, operand) if isinstance(operand, Table) else places[operand]
        for operand in call.inputs
    ]
    shifted = f" + {call.output_offset}" if call.output_offset else ""
    operands.append(places[call.output] + shifted)
    if call.takes_scratch:
        operands.append(f"at + {scratch}" if call.scratch else "NULL")
    return Statement(call.kernel, struct, call.arguments, tuple(operands))


def _place(offsets: Sequence[int | None], number: int) -> str:
    return f"at + {offsets[number]}" if number else "input"


def _constants(calls: Sequence[Call]) -> list[Table]:
    """Every table of the const object, in order of use."""
    found: list[Table] = []
    for call in calls:
        found.extend(tables(call.arguments))
        found.extend(operand for operand in call.inputs if isinstance(operand, Table))
    return found


def _with_callees(kernels: Sequence[str]) -> tuple[str, ...]:
    callees = (callee for kernel in kernels for callee in NEEDS.get(kernel, ()))
    return tuple(sorted({*kernels, *callees}))
