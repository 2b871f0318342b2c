"""Simplifications that never change a byte of the result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.edges import to_int8
from automl_edge.compiler.lookup import LOOKUPS, lookup_table
from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import DType, Graph, Op, OpKind, Tensor
from automl_edge.errors import ModelFileError


def simplify(graph: Graph) -> Graph:
    """``graph`` with int8 edges, constants folded and dead or idle operators gone.

    A float32 or uint8 input that a QUANTIZE turns into int8, and an int8 output that a
    DEQUANTIZE or QUANTIZE turns into something else, are replaced by the int8 tensor:
    its scale and zero point tell what the bytes mean (``edges`` converts). An operator
    that maps every int8 to itself becomes a RESHAPE, which is an alias and costs nothing.
    Idempotent. Raises ModelFileError where constants cannot be folded.
    """
    graph = _int8_output(_int8_input(graph))
    return _without_idle(_folded(_without_dead(graph)))


def _int8_input(graph: Graph) -> Graph:
    """Move the input past the operators that turn it into int8."""
    while graph.tensors[graph.inputs[0]].dtype is not DType.INT8:
        readers = [op for op in graph.ops if graph.inputs[0] in op.inputs]
        if len(readers) != 1 or readers[0].kind not in (OpKind.QUANTIZE, OpKind.RESHAPE):
            return graph
        graph = replace(graph, ops=_without(graph, readers[0]), inputs=readers[0].outputs)
    return graph


def _int8_output(graph: Graph) -> Graph:
    """Move the output before the operators that turn it into something other than int8."""
    edge = (OpKind.QUANTIZE, OpKind.DEQUANTIZE, OpKind.RESHAPE)
    while graph.tensors[graph.outputs[0]].dtype is not DType.INT8:
        writers = [op for op in graph.ops if graph.outputs[0] in op.outputs]
        if not writers or writers[0].kind not in edge:
            return graph
        graph = replace(graph, ops=_without(graph, writers[0]), outputs=writers[0].inputs[:1])
    return graph


def _without(graph: Graph, gone: Op) -> tuple[Op, ...]:
    return tuple(op for op in graph.ops if op is not gone)


def _without_dead(graph: Graph) -> Graph:
    """Leave out what the output does not depend on."""
    needed = set(graph.outputs)
    kept: list[Op] = []
    for op in reversed(graph.ops):
        if needed.intersection(op.outputs):
            needed.update(op.inputs)
            kept.append(op)
    return replace(graph, ops=tuple(reversed(kept)))


def _folded(graph: Graph) -> Graph:
    """Compute reshapes, quantisations and look-ups of constants here and now."""
    tensors = list(graph.tensors)
    kept: list[Op] = []
    for index, op in enumerate(graph.ops):
        view = OpView(replace(graph, tensors=tuple(tensors)), index)
        data = None if view.activations() else _constant(view)
        if data is None:
            kept.append(op)
        else:
            tensors[op.outputs[0]] = replace(tensors[op.outputs[0]], data=data)
    return replace(graph, tensors=tuple(tensors), ops=tuple(kept))


def _constant(view: OpView) -> NDArray[np.generic] | None:
    """What an operator of constants yields; None where folding it is not worth the code."""
    source, output = view.input(0), view.output
    if source.data is None or source.elements != output.elements:
        return None
    if view.op.kind is OpKind.RESHAPE and source.dtype is output.dtype:
        return source.data.reshape(output.shape)
    if view.op.kind is OpKind.QUANTIZE and source.dtype is not DType.INT8:
        return _quantised(view, source, output)
    if view.op.kind in LOOKUPS and source.dtype is output.dtype is DType.INT8:
        indices = source.data.astype(np.int64).reshape(output.shape) + 128
        table: NDArray[np.generic] = lookup_table(view)[indices]
        return table
    return None


def _quantised(view: OpView, source: Tensor, output: Tensor) -> NDArray[np.generic] | None:
    if output.dtype is not DType.INT8 or source.data is None:
        return None
    try:
        return to_int8(source.data.reshape(output.shape), source, output)
    except ModelFileError as problem:
        raise view.refusal(problem.message) from problem


def _without_idle(graph: Graph) -> Graph:
    """Turn look-ups that change nothing into aliases."""
    ops = tuple(
        Op(OpKind.RESHAPE, op.inputs[:1], op.outputs) if _is_idle(OpView(graph, index)) else op
        for index, op in enumerate(graph.ops)
    )
    return replace(graph, ops=ops)


def _is_idle(view: OpView) -> bool:
    if view.op.kind not in LOOKUPS:
        return False
    source, output = view.input(0), view.output
    if not (source.dtype is output.dtype is DType.INT8) or source.elements != output.elements:
        return False
    return bool(np.array_equal(lookup_table(view), np.arange(-128, 128)))
