"""A graph as a Workload, the form in which ``cost`` rates it."""

from __future__ import annotations

import math

from automl_edge.compiler.passes import simplify
from automl_edge.compiler.view import OpView, nhwc, views
from automl_edge.domain.graph import Graph, OpKind
from automl_edge.domain.workload import OpWork, Workload

_WEIGHTED = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D, OpKind.FULLY_CONNECTED)
_POOLS = (OpKind.AVERAGE_POOL_2D, OpKind.MAX_POOL_2D)


def describe_graph(graph: Graph) -> Workload:
    """What the chip has to do for ``graph``, simplified: operators that run, and buffers.

    Buffer 0 is the input, then outputs in order of production; a RESHAPE is an alias of
    its input. Constants have no buffer: an ADD or MUL with one counts it as weights.
    """
    graph = simplify(graph)
    buffers = number_buffers(graph)
    sizes: dict[int, int] = {}
    for tensor, number in buffers.items():
        sizes.setdefault(number, graph.tensors[tensor].elements)
    ops = tuple(_work(view, buffers) for view in executed(graph))
    return Workload(
        ops=ops,
        buffers=tuple(sizes[number] for number in sorted(sizes)),
        input=buffers[graph.inputs[0]],
        output=buffers[graph.outputs[0]],
    )


def executed(graph: Graph) -> tuple[OpView, ...]:
    """The operators that run on the chip: all but RESHAPE."""
    return tuple(view for view in views(graph) if view.op.kind is not OpKind.RESHAPE)


def writers(graph: Graph) -> dict[int, OpView]:
    """The operator that writes each activation buffer of a simplified graph but the input."""
    numbers = number_buffers(graph)
    return {numbers[view.op.outputs[0]]: view for view in executed(graph)}


def number_buffers(graph: Graph) -> dict[int, int]:
    """Activation buffer of each computed tensor of a simplified graph."""
    numbers = {graph.inputs[0]: 0}
    count = 1
    for op in graph.ops:
        if op.kind is OpKind.RESHAPE:
            numbers[op.outputs[0]] = numbers[op.inputs[0]]
        else:
            numbers[op.outputs[0]] = count
            count += 1
    return numbers


def _work(view: OpView, buffers: dict[int, int]) -> OpWork:
    kind = view.op.kind
    read = tuple(buffers[index] for index in view.activations())
    weights = _weight_bytes(view)
    in_shape = _in_shape(view)
    out_shape = nhwc(view.output.shape)
    per_output = 0
    channels = 0
    if kind in _WEIGHTED:
        channels = _channels(view)
        per_output = weights // channels
    return OpWork(
        kind=kind,
        inputs=read,
        output=buffers[view.op.outputs[0]],
        in_shape=in_shape,
        out_shape=out_shape,
        kernel=_kernel(view),
        stride=view.op.stride,
        weight_bytes=weights,
        channels=channels,
        macs=math.prod(out_shape) * per_output,
        dilation=view.op.dilation,
    )


def _in_shape(view: OpView) -> tuple[int, int, int]:
    first = next(iter(view.activations()), view.op.inputs[0])
    return nhwc(view.graph.tensors[first].shape)


def _weight_bytes(view: OpView) -> int:
    if view.op.kind in _WEIGHTED:
        return view.input(1).nbytes
    if view.op.kind in (OpKind.ADD, OpKind.MUL, OpKind.CONCATENATION):
        operands = (view.graph.tensors[index] for index in view.op.inputs)
        return sum(operand.nbytes for operand in operands if operand.data is not None)
    return 0


def _channels(view: OpView) -> int:
    return view.input(1).shape[3 if view.op.kind is OpKind.DEPTHWISE_CONV_2D else 0]


def _kernel(view: OpView) -> tuple[int, int]:
    if view.op.kind in (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D):
        return view.input(1).shape[1], view.input(1).shape[2]
    return view.op.pool if view.op.kind in _POOLS else (1, 1)
