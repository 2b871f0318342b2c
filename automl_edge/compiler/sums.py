"""Layers with weights as plain arrays, and the sums that they can come to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.geometry import Window, window_of
from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import OpKind

Int64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

WEIGHTED = (OpKind.CONV_2D, OpKind.DEPTHWISE_CONV_2D, OpKind.FULLY_CONNECTED)


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The least and the highest value, both reached or not, of each channel: int64 (channels,)."""

    low: Int64
    high: Int64

    @property
    def constant(self) -> Bools:
        """Which channels have one value whatever the model's input."""
        found: Bools = self.low == self.high
        return found

    def __getitem__(self, channels: Int64) -> Bounds:
        """The bounds of some channels."""
        return Bounds(self.low[channels], self.high[channels])


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """An operator with weights: a sum of products for each output channel.

    ``weights`` are int64 (outputs, taps, inputs). A depthwise layer has one input an output
    channel: output ``o`` reads input ``o // multiplier``. ``bias`` is int64 (outputs,), of
    which the lower 32 bits count. ``inside`` and ``outside`` (taps,) tell whether a tap lies
    inside the image, and whether it lies outside, at any position of the window.
    """

    weights: Int64
    bias: Int64
    inside: Bools
    outside: Bools
    multiplier: int | None = None

    def sums(self, source: Bounds, zero: int) -> Bounds:
        """Bounds of bias + sum of (input - ``zero``) * weight, for inputs within ``source``.

        A tap outside the image adds nothing. The sums may exceed 32 bits.
        """
        low, high = self._centred(source.low - zero), self._centred(source.high - zero)
        low[self.outside] = np.minimum(low[self.outside], 0)
        high[self.outside] = np.maximum(high[self.outside], 0)
        positive, negative = np.maximum(self.weights, 0), np.minimum(self.weights, 0)
        return Bounds(
            self.bias + self._products(positive, low) + self._products(negative, high),
            self.bias + self._products(positive, high) + self._products(negative, low),
        )

    def steady(self, source: Bounds, zero: int) -> Bools:
        """Which inputs add the same to every sum: constant ones that padding does not interrupt."""
        whole = not (self.inside & self.outside).any()
        found: Bools = source.constant & (whole | (source.low == zero))
        return found

    def _centred(self, values: Int64) -> Int64:
        """``values`` (channels,) under each tap: (taps, inputs); depthwise (taps, outputs)."""
        if self.multiplier is not None:
            values = np.repeat(values, self.multiplier)
        return np.where(self.inside[:, None], values, 0)

    def _products(self, weights: Int64, values: Int64) -> Int64:
        """Sums of ``weights`` * ``values`` (as of ``_centred``) for each output channel."""
        if self.multiplier is not None:
            return np.asarray((weights[:, :, 0] * values.T).sum(axis=1))
        # exact: the compiler refuses layers whose sums reach 2^31, and float64 is far faster
        flat = weights.reshape(len(weights), -1).astype(np.float64)
        return (flat @ values.reshape(-1).astype(np.float64)).astype(np.int64)


def layer_of(view: OpView) -> Layer | None:
    """The layer of an operator that ``lower`` accepts, or None where it has no weights.

    None too where its output's last dimension is not the output channels.
    """
    if view.op.kind not in WEIGHTED:
        return None
    stored = np.asarray(view.input(1).data, np.int64)
    if view.op.kind is OpKind.DEPTHWISE_CONV_2D:
        weights = stored.reshape(-1, stored.shape[3]).T[:, :, None]
    else:
        weights = stored.reshape(len(stored), -1, stored.shape[-1])
    if view.output.shape[-1:] != weights.shape[:1]:
        return None
    stored_bias = view.optional(2)
    bias = np.zeros(len(weights)) if stored_bias is None else np.asarray(stored_bias.data)
    depthwise = view.op.multiplier if view.op.kind is OpKind.DEPTHWISE_CONV_2D else None
    return Layer(weights, bias.reshape(-1).astype(np.int64), *_taps(view), depthwise)


def stored_weights(view: OpView, weights: Int64) -> NDArray[np.int8]:
    """``weights`` (outputs, taps, inputs) in the layout of the operator's own."""
    kernel = view.input(1).shape[1:3]
    if view.op.kind is OpKind.FULLY_CONNECTED:
        return weights[:, 0].astype(np.int8)
    if view.op.kind is OpKind.DEPTHWISE_CONV_2D:
        return weights[:, :, 0].T.reshape(1, *kernel, -1).astype(np.int8)
    return weights.reshape(len(weights), *kernel, -1).astype(np.int8)


def _taps(view: OpView) -> tuple[Bools, Bools]:
    """``inside`` and ``outside`` of a Layer."""
    if view.op.kind is OpKind.FULLY_CONNECTED:
        return np.ones(1, np.bool_), np.zeros(1, np.bool_)
    height, width = view.input(1).shape[1:3]
    window = window_of(view, (height, width))
    rows, columns = (_axis_taps(window, axis) for axis in (0, 1))
    inside = rows[0][:, None] & columns[0]
    outside = rows[1][:, None] | columns[1]
    return inside.reshape(-1), outside.reshape(-1)


def _axis_taps(window: Window, axis: int) -> tuple[Bools, Bools]:
    """Whether each tap along one axis is inside, and whether it is outside, at some position."""
    starts = np.arange(window.out_size[axis]) * window.stride[axis] - window.pad[axis]
    places = starts + (np.arange(window.kernel[axis]) * window.dilation[axis])[:, None]
    within = (places >= 0) & (places < window.in_size[axis])
    return np.asarray(within.any(axis=1)), np.asarray(~within.all(axis=1))
