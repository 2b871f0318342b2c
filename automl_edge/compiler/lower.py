"""From operators to calls of kernels. A new operator is one entry here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from automl_edge.compiler.call import Arguments, Call
from automl_edge.compiler.pieces import pieces_of
from automl_edge.compiler.sets import weighted_calls
from automl_edge.compiler.unweighted import (
    lower_add,
    lower_concatenation,
    lower_lookup,
    lower_mean,
    lower_mul,
    lower_pad,
    lower_pool_2d,
    lower_softmax,
    summed_first,
)
from automl_edge.compiler.view import INT8_HINT, OpView
from automl_edge.compiler.weighted import read_weighted
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork

WEIGHTED = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D, OpKind.FULLY_CONNECTED)
"""The operators with weights, which each kernel set may run in its own way."""

LOWERINGS: dict[OpKind, Callable[[OpView], tuple[Call, ...]]] = {
    OpKind.AVERAGE_POOL_2D: lower_pool_2d,
    OpKind.MAX_POOL_2D: lower_pool_2d,
    OpKind.MEAN: lower_mean,
    OpKind.ADD: lower_add,
    OpKind.MUL: lower_mul,
    OpKind.PAD: lower_pad,
    OpKind.SOFTMAX: lower_softmax,
    OpKind.CONCATENATION: lower_concatenation,
    OpKind.QUANTIZE: lower_lookup,
    OpKind.LOGISTIC: lower_lookup,
    OpKind.HARD_SWISH: lower_lookup,
    OpKind.RELU: lower_lookup,
    OpKind.RELU6: lower_lookup,
}
"""The other operators that run on the chip: all but RESHAPE, an alias, and DEQUANTIZE, which
lives at the edge only."""


def lower_sum(first: OpView, then: OpView, work: OpWork, at: int, kernels: KernelSet) -> Call:
    """The one call of CONV_2D ``first`` and ADD ``then``, which are ``work`` together.

    Input ``at`` of the ADD, 0 or 1, is what the convolution computes. Raises ModelFileError
    as ``lower`` does.
    """
    layer = read_weighted(first)
    (conv,) = weighted_calls(layer, kernels)
    (add,) = lower_add(then)
    assert layer.window is not None  # a convolution has one
    pieces = pieces_of(work)
    assert pieces is not None  # or else the two would not be one operator
    window = layer.window.fields(first, first.input(0).zero_point)  # kernels may merge rows
    arguments: Arguments = {
        "conv": {**conv.arguments, "window": window},
        "pieces": {
            "add": summed_first(add.arguments, pieces[1] * layer.channels, at == 1),
            "rows": pieces[0],
            "columns": pieces[1],
        },
    }
    return replace(
        conv,
        kernel=f"{conv.kernel}_add",
        arguments=arguments,
        inputs=(conv.inputs[0], add.inputs[1 - at]),
        output=add.output,
        scratch=pieces[0] * pieces[1] * layer.channels + conv.scratch,
    )


def lower(view: OpView, kernels: KernelSet = KernelSet.PORTABLE) -> tuple[Call, ...]:
    """The kernel calls of one operator of a simplified graph, with a set of kernels.

    Every shape, scale and option is checked here; raises ModelFileError for what the
    kernels could not compute as TFLM does.
    """
    if view.op.kind in WEIGHTED:
        return weighted_calls(read_weighted(view), kernels)
    lowering = LOWERINGS.get(view.op.kind)
    if lowering is None:
        raise view.refusal("is inside the model; it can only be its last operator", INT8_HINT)
    return lowering(view)
