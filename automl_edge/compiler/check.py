"""Whether a simplified graph can be compiled, said in words before anything is built."""

from __future__ import annotations

from automl_edge.compiler.describe import executed
from automl_edge.compiler.lower import lower
from automl_edge.compiler.view import INT8_HINT, OpView, views
from automl_edge.domain.graph import DType, Graph, OpKind
from automl_edge.errors import ModelFileError


def check_body(graph: Graph) -> None:
    """Raise ModelFileError for what compile_graph could not compile.

    ``graph`` is simplified: its edges are int8 unless the body itself is not.
    """
    for view in views(graph):
        _check_types(view)
    if not executed(graph):
        raise ModelFileError("the model computes nothing: its output is its input or a constant")
    for view in executed(graph):
        lower(view)
    _check_ends(graph)


def _check_types(view: OpView) -> None:
    tensors = [view.graph.tensors[index] for index in (*view.activations(), *view.op.outputs)]
    for tensor in tensors:
        if tensor.dtype is not DType.INT8:
            raise view.refusal(
                f"computes in {tensor.dtype}; only int8 models can be compiled "
                "(float32 or uint8 is read at their input and output)",
                INT8_HINT,
            )
    is_reshape = view.op.kind is OpKind.RESHAPE
    if is_reshape and view.input(0).elements != view.output.elements:
        raise view.refusal("does not keep the number of elements")
    if is_reshape and not view.activations():
        raise view.refusal("reshapes a constant to another type")


def _check_ends(graph: Graph) -> None:
    """The output must be computed, not handed through from the input."""
    source = graph.outputs[0]
    writers = {op.outputs[0]: op for op in graph.ops}
    while source in writers and writers[source].kind is OpKind.RESHAPE:
        source = writers[source].inputs[0]
    if source not in writers:
        raise ModelFileError("the model's output is its input or a constant")
