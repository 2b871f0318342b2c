"""What values each channel of each tensor can take, for every int8 input of the model.

A channel is a place along a tensor's last dimension. Bounds are those of the integer
arithmetic that runs, not of the reals behind it: each operator is computed on the least and
on the highest values of what it reads, which is exact where it is monotone, and one channel
is taken to know nothing of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import gcd

import numpy as np

from automl_edge.compiler.call import Call
from automl_edge.compiler.fixed import scale_array, wrap32_array
from automl_edge.compiler.lookup import LOOKUPS, lookup_table
from automl_edge.compiler.quantised import activation_range
from automl_edge.compiler.shapes import reduction
from automl_edge.compiler.sums import WEIGHTED, Bounds, Int64, layer_of
from automl_edge.compiler.unweighted import ADD_HEADROOM, lower_add, lower_mean, lower_mul
from automl_edge.compiler.view import OpView, views
from automl_edge.compiler.weighted import rescaling
from automl_edge.domain.graph import DType, Graph, OpKind, Tensor

Rule = Callable[[OpView, tuple[Bounds, ...]], Bounds]
"""From an operator and the bounds of its int8 inputs to those of its output."""


def bounds_of(graph: Graph) -> dict[int, Bounds]:
    """Bounds of every activation of a simplified graph that ``check_body`` accepts."""
    known = {graph.inputs[0]: _anything(graph.tensors[graph.inputs[0]])}
    for view in views(graph):
        sources = tuple(
            known[index] if tensor.data is None else _constant_bounds(tensor)
            for index, tensor in _int8_inputs(view)
        )
        rule = _RULES.get(view.op.kind)
        output = _anything(view.output) if rule is None else rule(view, sources)
        known[view.op.outputs[0]] = output
    return known


def channels(tensor: Tensor) -> int:
    """Places along the last dimension; 1 for a scalar."""
    return tensor.shape[-1] if tensor.shape else 1


def regrouped(bounds: Bounds, count: int) -> Bounds:
    """The bounds of a tensor whose elements are read as rows of ``count`` channels.

    Exact where one row length divides the other; else channels that need not share
    elements are joined.
    """
    shared = gcd(len(bounds.low), count)
    low = bounds.low.reshape(-1, shared).min(axis=0)
    high = bounds.high.reshape(-1, shared).max(axis=0)
    return Bounds(np.tile(low, count // shared), np.tile(high, count // shared))


def _int8_inputs(view: OpView) -> Iterator[tuple[int, Tensor]]:
    for index in view.op.inputs:
        if index >= 0 and view.graph.tensors[index].dtype is DType.INT8:
            yield index, view.graph.tensors[index]


def _constant_bounds(tensor: Tensor) -> Bounds:
    rows = np.asarray(tensor.data, np.int64).reshape(-1, channels(tensor))
    return Bounds(rows.min(axis=0), rows.max(axis=0))


def _anything(tensor: Tensor) -> Bounds:
    count = channels(tensor)
    return Bounds(np.full(count, -128), np.full(count, 127))


def _weighted(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    """Sums are monotone in each input, requantisation is in the sums unless they wrap around."""
    layer = layer_of(view)
    if layer is None:
        return _anything(view.output)
    source = sources[0]
    if layer.multiplier is None:
        source = regrouped(source, layer.weights.shape[2])
    sums = layer.sums(source, view.input(0).zero_point)
    multiplier, shift = rescaling(view)
    low, high = (np.asarray(limit, np.int64) for limit in activation_range(view))
    return _rescaled(sums, (multiplier, shift, np.asarray(view.output.zero_point), low, high))


def _rescaled(sums: Bounds, fields: tuple[Int64, ...]) -> Bounds:
    """The int8 of ``sums`` by (multiplier, shift, zero point, low, high).

    Where bounds lie on both sides of a wrap of 32 bits, anything from low to high is possible.
    """
    multiplier, shift, zero, low, high = fields
    ends = [wrap32_array(sums.low), wrap32_array(sums.high)]
    whole = sums.low + 2**31 >> 32 == sums.high + 2**31 >> 32
    left = np.maximum(shift, 0)
    whole = whole & ((ends[0] << left) + 2**31 >> 32 == (ends[1] << left) + 2**31 >> 32)
    least, most = (np.clip(scale_array(end, multiplier, shift) + zero, low, high) for end in ends)
    return Bounds(np.where(whole, least, low), np.where(whole, most, high))


def _pool(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    """The mean and the largest of values lie between the least and the largest."""
    low, high = activation_range(view)
    return Bounds(np.clip(sources[0].low, low, high), np.clip(sources[0].high, low, high))


def _mean(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    call = lower_mean(view)[0]
    count = channels(view.output)
    if reduction(view)[2] % len(sources[0].low):  # over the channels too
        source = regrouped(regrouped(sources[0], 1), count)
    else:
        source = regrouped(sources[0], count)
    reduced, offset = _fields(call, "reduced", "offset")
    sums = Bounds(source.low * reduced + offset, source.high * reduced + offset)
    fields = _fields(call, "multiplier", "shift", "output_zero")
    return _rescaled(sums, (*fields, np.asarray(-128), np.asarray(127)))


def _add(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    call = lower_add(view)[0]
    a, b = (_in_common_unit(call, source, side) for source, side in zip(sources, "ab", strict=True))
    fields = _fields(call, "multiplier", "shift", "output_zero", "low", "high")
    total = _rescaled(Bounds(a.low + b.low, a.high + b.high), fields)
    return regrouped(total, channels(view.output))


def _in_common_unit(call: Call, source: Bounds, side: str) -> Bounds:
    """An input of an ADD, "a" or "b", as its kernel adds it up."""
    zero, multiplier, shift = _fields(call, f"zero_{side}", f"multiplier_{side}", f"shift_{side}")
    ends = ((end - zero) << ADD_HEADROOM for end in (source.low, source.high))
    return Bounds(*(scale_array(end, multiplier, shift) for end in ends))


def _mul(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    """A product of two ranges lies between the products of their ends."""
    call = lower_mul(view)[0]
    a, b = sources
    zero_a, zero_b = _fields(call, "zero_a", "zero_b")
    corners = [(x - zero_a) * (y - zero_b) for x in (a.low, a.high) for y in (b.low, b.high)]
    products = Bounds(np.minimum.reduce(corners), np.maximum.reduce(corners))
    fields = _fields(call, "multiplier", "shift", "output_zero", "low", "high")
    return regrouped(_rescaled(products, fields), channels(view.output))


def _fields(call: Call, *names: str) -> tuple[Int64, ...]:
    """Whole numbers among the arguments of a kernel."""
    values = [call.arguments[name] for name in names]
    return tuple(np.asarray(value, np.int64) for value in values if isinstance(value, int))


def _lookup(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    """The extremes of the table between the bounds, whatever its shape."""
    table = np.broadcast_to(lookup_table(view).astype(np.int64), (256, 256))
    reached = np.triu(np.ones((256, 256), np.bool_))  # [from, to]
    least = np.minimum.accumulate(np.where(reached, table, 127), axis=1)
    most = np.maximum.accumulate(np.where(reached, table, -128), axis=1)
    span = (sources[0].low + 128, sources[0].high + 128)
    return regrouped(Bounds(least[span], most[span]), channels(view.output))


def _reshape(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    return regrouped(sources[0], channels(view.output))


def _pad(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    widths = view.constant(1, DType.INT32, DType.INT64).astype(np.int64)
    zero = view.input(0).zero_point
    low, high = sources[0].low, sources[0].high
    if widths[:-1].any():
        low, high = np.minimum(low, zero), np.maximum(high, zero)
    ends = (np.pad(end, tuple(widths[-1]), constant_values=zero) for end in (low, high))
    return Bounds(*ends)


def _concatenation(view: OpView, sources: tuple[Bounds, ...]) -> Bounds:
    low, high = [part.low for part in sources], [part.high for part in sources]
    if joins_channels(view):
        return Bounds(np.concatenate(low), np.concatenate(high))
    return Bounds(np.minimum.reduce(low), np.maximum.reduce(high))


def joins_channels(view: OpView) -> bool:
    """Whether a CONCATENATION is along the last dimension."""
    return view.op.axis in (-1, len(view.output.shape) - 1)


_RULES: dict[OpKind, Rule] = {
    **dict.fromkeys(WEIGHTED, _weighted),
    **dict.fromkeys(LOOKUPS, _lookup),
    OpKind.AVERAGE_POOL_2D: _pool,
    OpKind.MAX_POOL_2D: _pool,
    OpKind.MEAN: _mean,
    OpKind.ADD: _add,
    OpKind.MUL: _mul,
    OpKind.RESHAPE: _reshape,
    OpKind.PAD: _pad,
    OpKind.CONCATENATION: _concatenation,
}
"""Of an operator without a rule nothing is known: its channels take any value."""
