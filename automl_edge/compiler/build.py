"""compile_graph: simplify, order, lower, plan, emit."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from automl_edge.compiler.banding import in_bands
from automl_edge.compiler.call import Call, Table, tables
from automl_edge.compiler.check import check_body
from automl_edge.compiler.describe import describe_graph, number_buffers
from automl_edge.compiler.emit import (
    Layout,
    net_files,
    weights_files,
)
from automl_edge.compiler.fuse import fuse_sums
from automl_edge.compiler.network import Network
from automl_edge.compiler.order import with_smallest_peak
from automl_edge.compiler.passes import simplify
from automl_edge.compiler.placed import placed
from automl_edge.compiler.plan import bytes_in_use, plan_arena
from automl_edge.compiler.prefix import prefix_header
from automl_edge.compiler.prune import prune
from automl_edge.compiler.sets import CHANNEL_MULTIPLE, kernel_sources, plain_sources
from automl_edge.compiler.sizes import NEEDS, STRUCT_BYTES
from automl_edge.compiler.steps import Places, statements_of, steps_of
from automl_edge.domain.bundle import merge
from automl_edge.domain.graph import Graph
from automl_edge.domain.memory import align
from automl_edge.domain.target import KernelSet
from automl_edge.errors import UsageError

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def compile_graph(
    graph: Graph,
    symbol: str,
    input_in_arena: bool = True,
    kernels: KernelSet = KernelSet.PORTABLE,
    row_bands: bool = False,
) -> Network:
    """The C of ``graph`` and its sizes; ``symbol`` begins every public C name.

    With ``input_in_arena`` False the caller's buffer is read in place. With ``row_bands``
    layers that would need the most memory are computed a few rows at a time (``in_bands``).
    Dead channels are left out, but for those that the kernels are faster with. Raises
    ModelFileError for what cannot be compiled and UsageError for a ``symbol`` that is not a
    C identifier.
    """
    if not _IDENTIFIER.fullmatch(symbol):
        raise UsageError(f"{symbol!r} cannot begin C names", "Use letters, digits and _.")
    graph = simplify(graph)
    check_body(graph)
    graph = with_smallest_peak(prune(graph, CHANNEL_MULTIPLE.get(kernels, 1)), kernels)
    workload = describe_graph(graph)
    if row_bands:
        workload = in_bands(workload, kernels, input_in_arena)
    workload = fuse_sums(workload, kernels, input_in_arena)
    steps = steps_of(graph, workload, kernels)
    calls = [call for step in steps for call in step.calls]
    scratch = [step.scratch for step in steps]
    main_calls = [step.calls[0].kernel for step in steps]  # of which all are, but for parts'
    plan, activations, scratches = plan_arena(workload, main_calls, scratch, input_in_arena)
    places = Places(number_buffers(graph), activations)
    output_offset = activations[workload.output]
    assert output_offset is not None  # check_body: the output is computed
    layout = Layout(plan.size, activations[workload.input], output_offset)
    statements = [
        statement
        for number, step in enumerate(steps)
        for statement in statements_of(symbol, number, step, places, scratches[number])
    ]
    structs = {statement.struct: statement.kernel for statement in statements}
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
        struct_bytes=sum(STRUCT_BYTES[kernel] for kernel in structs.values()),
        kernels=_with_callees(called),
        calls=tuple(len(step.calls) for step in steps),
        main_kernels=tuple(main_calls),
        placed=placed(workload, scratch, input_in_arena, plan),
    )


def _constants(calls: Sequence[Call]) -> list[Table]:
    """Every table of the const object, in order of use; those of a name are the same."""
    found: dict[str, Table] = {}
    for call in calls:
        operands = [operand for operand in call.inputs if isinstance(operand, Table)]
        for table in (*tables(call.arguments), *operands):
            known = found.setdefault(table.name, table)
            assert np.array_equal(known.values, table.values), table.name
    return list(found.values())


def _with_callees(kernels: Sequence[str]) -> tuple[str, ...]:
    callees = (callee for kernel in kernels for callee in NEEDS.get(kernel, ()))
    return tuple(sorted({*kernels, *callees}))
