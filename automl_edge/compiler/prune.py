"""Constant channels are folded into the layers that read them, and dead ones left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from automl_edge.compiler.intervals import bounds_of, regrouped
from automl_edge.compiler.liveness import carried, live_channels, standing_for
from automl_edge.compiler.quantised import int32_array
from automl_edge.compiler.sums import Bools, Bounds, Layer, layer_of, stored_weights
from automl_edge.compiler.view import OpView, views
from automl_edge.domain.graph import DType, Graph, Op, OpKind, Tensor


def prune(graph: Graph, multiple: int = 1) -> Graph:
    """``graph`` without the channels that do not matter; every answer stays the same byte.

    ``graph`` is simplified and ``check_body`` accepts it. A channel that has one value
    whatever the model's input becomes part of the biases of the layers that read it;
    channels that nothing reads any more are removed, with their weights. The tensors that
    go in and out keep their shapes. Where kernels are fastest on a ``multiple`` of
    channels, tensors keep such a number of them if they can. Idempotent; a graph without
    dead channels comes back as it is.
    """
    smaller = _pruned(graph, multiple)
    while smaller is not graph:  # what is left out can show that more does not matter
        graph, smaller = smaller, _pruned(smaller, multiple)
    return graph


def _pruned(graph: Graph, multiple: int) -> Graph:
    """One pass of ``prune``; ``graph`` itself where nothing is dead."""
    bounds = bounds_of(graph)
    layers: dict[int, Layer] = {}
    for view in views(graph):
        layer = layer_of(view)
        if layer is not None:
            output = bounds[view.op.outputs[0]]
            layers[view.index] = _folded(view, layer, bounds[view.op.inputs[0]], output)
    live = live_channels(graph, layers, multiple)
    if all(live[index].all() for index in carried(graph)):
        return graph
    return _cut(graph, layers, live)


def _folded(view: OpView, layer: Layer, source: Bounds, output: Bounds) -> Layer:
    """``layer`` without weights for what is constant, on either side of it.

    A steady input moves into the bias. An output that is constant keeps as its bias the
    least sum that it can have: one that gives its value.
    """
    zero = view.input(0).zero_point
    weights, bias = layer.weights, layer.bias
    if layer.multiplier is None:
        source = regrouped(source, weights.shape[2])
        steady = layer.steady(source, zero)
        taps = weights[:, layer.inside].sum(axis=1)
        bias = bias + (taps * np.where(steady, source.low - zero, 0)).sum(axis=1)
        weights = np.where(steady, 0, weights)
    return replace(
        layer,
        weights=np.where(output.constant[:, None, None], 0, weights),
        bias=np.where(output.constant, layer.sums(source, zero).low, bias),
    )


def _cut(graph: Graph, layers: Mapping[int, Layer], live: Sequence[Bools]) -> Graph:
    """``graph`` with the live channels only."""
    tensors = list(graph.tensors)
    for index in carried(graph):
        tensors[index] = _cut_tensor(tensors[index], live[index])
    ops: list[Op] = []
    for view in views(graph):
        layer = layers.get(view.index)
        if layer is not None:
            weights, bias = _cut_layer(view, layer, live)
            place = len(tensors)  # new ones: the old ones may serve other operators too
            tensors += (weights, bias)
            inputs = (view.op.inputs[0], place, place + 1)
            multiplier = weights.shape[-1] // int(live[inputs[0]].sum())
            is_depthwise = layer.multiplier is not None
            ops.append(
                replace(view.op, inputs=inputs, multiplier=multiplier if is_depthwise else 1)
            )
        elif view.op.kind is OpKind.RESHAPE:  # its second input tells the old shape
            ops.append(replace(view.op, inputs=view.op.inputs[:1]))
        else:
            ops.append(view.op)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _cut_tensor(tensor: Tensor, kept: Bools) -> Tensor:
    """``tensor`` with the ``kept`` channels."""
    if kept.all():
        return tensor
    data = None if tensor.data is None else tensor.data[..., kept]
    return replace(tensor, shape=(*tensor.shape[:-1], int(kept.sum())), data=data)


def _cut_layer(view: OpView, layer: Layer, live: Sequence[Bools]) -> tuple[Tensor, Tensor]:
    """Weights and biases between live channels."""
    source, outputs = live[view.op.inputs[0]], live[view.op.outputs[0]]
    weights = layer.weights[outputs]
    if layer.multiplier is None:
        weights = weights[:, :, source[standing_for(len(source), weights.shape[2])]]
    data = stored_weights(view, weights)
    biases = int32_array(layer.bias[outputs])
    old = view.input(1)
    places = np.flatnonzero(outputs) if len(old.scales) > 1 else (0,)
    return (
        replace(
            old,
            shape=data.shape,
            data=data,
            scales=tuple(old.scales[place] for place in places),
            zero_points=tuple(old.zero_points[place] for place in places),
        ),
        Tensor(f"{view.output.name}/bias", biases.shape, DType.INT32, data=biases),
    )
