"""Which channels the model's output depends on, and which must stay or go together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd

import numpy as np

from automl_edge.compiler.intervals import channels, joins_channels
from automl_edge.compiler.lookup import LOOKUPS
from automl_edge.compiler.shapes import reduction
from automl_edge.compiler.sums import WEIGHTED, Bools, Int64, Layer
from automl_edge.compiler.view import OpView, views
from automl_edge.domain.graph import DType, Graph, OpKind

_SAME_ELEMENTS = (OpKind.RESHAPE, *LOOKUPS)
_SAME_CHANNELS = (OpKind.AVERAGE_POOL_2D, OpKind.MAX_POOL_2D)


@dataclass(frozen=True, slots=True, eq=False)
class _Coupling:
    """Channels that an operator cannot do without one by one.

    ``members`` are tensors with the group, from 0 to ``groups`` - 1, of each of their
    channels; a group stays or goes as a whole, in all tensors.
    """

    groups: int
    members: tuple[tuple[int, Int64], ...]

    def spread(self, live: Sequence[Bools]) -> None:
        """Make all of a group live if one of it is."""
        found = np.zeros(self.groups, np.bool_)
        for tensor, groups in self.members:
            found[groups[live[tensor]]] = True
        for tensor, groups in self.members:
            live[tensor][found[groups]] = True


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """``weighs[o, c]``: whether channel ``o`` of ``target`` depends on ``c`` of ``source``."""

    target: int
    source: int
    weighs: Bools

    def spread(self, live: Sequence[Bools]) -> None:
        """Make live what live channels of the target depend on."""
        live[self.source][self.weighs[live[self.target]].any(axis=0)] = True


_Link = _Coupling | _Reading


def live_channels(graph: Graph, layers: Mapping[int, Layer], multiple: int) -> tuple[Bools, ...]:
    """For each tensor of ``graph``, which of its channels have to be kept.

    ``layers`` are its operators with weights, by number; an input without a weight in any
    live output is not read. The graph's input and output, and what an operator mixes
    without weights, are kept whole. A tensor keeps one channel at least, and a multiple of
    ``multiple`` if it has so many: those that it is filled up with are read by nobody.
    """
    found = [(view, _links(view, layers.get(view.index))) for view in views(graph)]
    live = tuple(np.zeros(channels(tensor), np.bool_) for tensor in graph.tensors)
    mixed = (index for view, links in found if not links for index in _tensors(view))
    for tensor in (*graph.inputs, *graph.outputs, *mixed):
        live[tensor][:] = True
    links = [link for _, parts in reversed(found) for link in parts]
    _spread(links, live)
    couplings = [link for link in links if isinstance(link, _Coupling)]
    while _fill_one(graph, live, multiple):
        _spread(couplings, live)
    return live


def carried(graph: Graph) -> tuple[int, ...]:
    """The tensors whose channels may go: activations, and constants that operators treat alike."""
    found = {graph.inputs[0]: None}
    for view in views(graph):
        operands = view.op.inputs[:1] if view.op.kind in WEIGHTED else view.op.inputs
        found |= dict.fromkeys(index for index in (*operands, *view.op.outputs) if index >= 0)
    return tuple(index for index in found if graph.tensors[index].dtype is DType.INT8)


def standing_for(count: int, depth: int) -> Int64:
    """For each column of rows of ``depth`` elements, a channel of ``count`` that goes with it.

    Read as rows of another length, channels and columns that are equal modulo the common
    divisor of both lengths share elements, and so stay or go together.
    """
    return np.arange(depth) % gcd(count, depth)


def _spread(links: Iterable[_Link], live: Sequence[Bools]) -> None:
    """Follow ``links``, as often as it takes, from what is live to what it needs."""
    count = -1
    while count != (count := sum(int(kept.sum()) for kept in live)):
        for link in links:
            link.spread(live)


def _fill_one(graph: Graph, live: Sequence[Bools], multiple: int) -> bool:
    """Make more channels of one tensor live that has too few; False if there is none."""
    in_pairs = {view.op.outputs[0] for view in views(graph) if _needs_two(view)}
    for tensor in carried(graph):
        kept = live[tensor]
        least = max(int(kept.sum()), min(2 if tensor in in_pairs else 1, kept.size))
        rounded = -(-least // multiple) * multiple
        missing = (rounded if rounded <= kept.size else least) - int(kept.sum())
        if missing:
            kept[np.flatnonzero(~kept)[:missing]] = True
            return True
    return False


def _needs_two(view: OpView) -> bool:
    """A dense layer of one scale is rescaled in float32, one of several in float64."""
    return view.op.kind is OpKind.FULLY_CONNECTED and len(view.input(1).scales) > 1


def _tensors(view: OpView) -> Iterable[int]:
    return (index for index in (*view.op.inputs, *view.op.outputs) if index >= 0)


def _links(view: OpView, layer: Layer | None) -> tuple[_Link, ...]:
    """What ties the channels that an operator reads and writes; nothing if it mixes them."""
    if layer is not None:
        return _links_of_layer(view, layer)
    if view.op.kind in WEIGHTED:
        return ()
    if view.op.kind in _SAME_ELEMENTS:
        return (_same_elements(view),)
    if view.op.kind in _SAME_CHANNELS:
        return (_same_channels(view, view.op.inputs[:1]),)
    if view.op.kind is OpKind.MEAN:
        over_channels = reduction(view)[2] % channels(view.input(0))
        return () if over_channels else (_same_elements(view),)
    if view.op.kind is OpKind.PAD:
        widths = view.constant(1, DType.INT32, DType.INT64)
        return () if widths[-1].any() else (_same_channels(view, view.op.inputs[:1]),)
    if view.op.kind is OpKind.CONCATENATION:
        return (_concatenated(view),)
    if view.op.kind in (OpKind.ADD, OpKind.MUL):
        return _links_of_two(view)
    return ()


def _links_of_layer(view: OpView, layer: Layer) -> tuple[_Link, ...]:
    source, target = view.op.inputs[0], view.op.outputs[0]
    count, outputs = channels(view.input(0)), len(layer.weights)
    if layer.multiplier is not None and count > 1:
        groups = np.arange(outputs) // layer.multiplier
        return (_Coupling(count, ((source, np.arange(count)), (target, groups))),)
    depth = layer.weights.shape[2]
    shared = gcd(count, depth)
    groups = np.arange(count) % shared
    weighs: Bools = (layer.weights.reshape(outputs, -1, shared) != 0).any(axis=1)
    return _Reading(target, source, weighs[:, groups]), _Coupling(shared, ((source, groups),))


def _links_of_two(view: OpView) -> tuple[_Link, ...]:
    """ADD and MUL: an input of one channel may be read by all."""
    count = channels(view.output)
    alike = [index for index in view.op.inputs if channels(view.graph.tensors[index]) == count]
    everything = np.ones((count, 1), np.bool_)
    spread = (
        _Reading(view.op.outputs[0], index, everything)
        for index in view.op.inputs
        if index not in alike
    )
    return _same_channels(view, alike), *spread


def _same_channels(view: OpView, inputs: Iterable[int]) -> _Coupling:
    count = channels(view.output)
    members = tuple((index, np.arange(count)) for index in (*inputs, view.op.outputs[0]))
    return _Coupling(count, members)


def _same_elements(view: OpView) -> _Coupling:
    """Channels that share elements when they are read as rows of another length."""
    counts = channels(view.input(0)), channels(view.output)
    shared = gcd(*counts)
    places = (view.op.inputs[0], view.op.outputs[0])
    members = ((i, np.arange(n) % shared) for i, n in zip(places, counts, strict=True))
    return _Coupling(shared, tuple(members))


def _concatenated(view: OpView) -> _Coupling:
    if not joins_channels(view):
        return _same_channels(view, view.op.inputs)
    sizes = [channels(view.graph.tensors[index]) for index in view.op.inputs]
    starts = np.cumsum([0, *sizes[:-1]])
    parts = (
        (index, start + np.arange(size))
        for index, start, size in zip(view.op.inputs, starts, sizes, strict=True)
    )
    total = channels(view.output)
    return _Coupling(total, (*parts, (view.op.outputs[0], np.arange(total))))
