"""Convolutions and dense layers: weights, folded biases and per-channel multipliers.

A layer is read and checked once (``read_weighted``), whatever set of kernels will run it;
``plain_calls`` puts it into the order that the portable kernels read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.call import Arguments, Call, Table
from automl_edge.compiler.fixed import product32
from automl_edge.compiler.geometry import Window, window_of
from automl_edge.compiler.quantised import (
    activation_range,
    int8_activation,
    int32_array,
    multiplier_of,
    weight_scales,
)
from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import DType, OpKind


@dataclass(frozen=True, slots=True, eq=False)
class Weighted:
    """A layer with weights: a convolution, a depthwise one, or one row of a dense layer.

    ``weights`` is int8 (channels, kernel rows, kernel columns, depth). A depthwise layer
    has depth 1 and ``multiplier`` output channels to each input channel; ``multiplier`` is
    0 for the others. ``window`` is None for a dense layer. ``bias`` is int32 (channels,),
    the model's own; ``scaling`` are the (Q0.31 multiplier, shift) of each channel, or of
    all; ``low`` and ``high`` limit the int8 results.
    """

    view: OpView
    weights: NDArray[np.int8]
    window: Window | None
    multiplier: int
    bias: NDArray[np.int32]
    scaling: tuple[tuple[int, int], ...]
    low: int
    high: int

    @property
    def channels(self) -> int:
        """Output channels."""
        return len(self.weights)

    @property
    def output_zero(self) -> int:
        """The output's zero point."""
        return self.view.output.zero_point

    def folded_bias(self) -> NDArray[np.int32]:
        """bias - zero point * sum of weights, so that kernels sum plain products.

        Wraps around as the kernels' sums do, so that the end is right whatever the way.
        """
        sums = self.weights.reshape(self.channels, -1).sum(axis=1, dtype=np.int64)
        return int32_array(self.bias - self.view.input(0).zero_point * sums)

    def table(
        self, role: str, values: NDArray[np.int8] | NDArray[np.int32], is_weights: bool = False
    ) -> Table:
        """A table of the const object, named for its role and this layer."""
        return Table(f"{role}_{self.view.index}", values.reshape(-1), is_weights)

    def call(self, kernel: str, arguments: Arguments) -> Call:
        """The call of ``kernel`` that computes this layer, without scratch."""
        return Call(kernel, arguments, self.view.op.inputs[:1], self.view.op.outputs[0])


def read_weighted(view: OpView) -> Weighted:
    """Layer ``view``, a CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED.

    A depthwise layer on one channel is an ordinary convolution, and so is a dense layer
    on several rows. Raises ModelFileError for what no kernel could compute as TFLM does.
    """
    if view.op.kind is OpKind.FULLY_CONNECTED:
        return _read_dense(view)
    weights = _weights(view, rank=4)
    window = window_of(view, (weights.shape[1], weights.shape[2]))
    outputs = weights.shape[0 if view.op.kind is OpKind.CONV_2D else 3]
    if view.output.shape[3] != outputs:
        raise view.refusal(
            f"has weights for {outputs} output channels and an output of {view.output.shape}"
        )
    if view.op.kind is OpKind.CONV_2D:
        if window.channels != weights.shape[3]:
            raise view.refusal(
                f"has weights for {weights.shape[3]} input channels on an image of "
                f"{window.channels}"
            )
        return _weighted(view, weights, window, _scales(view, axis=0, channels=len(weights)))
    channels = weights.shape[3]
    if weights.shape[0] != 1 or channels != window.channels * view.op.multiplier:
        raise view.refusal(
            f"has weights of shape {weights.shape} for {window.channels} input channels "
            f"and a multiplier of {view.op.multiplier}"
        )
    scales = _scales(view, axis=3, channels=channels)
    layer = _weighted(view, weights.transpose(3, 1, 2, 0), window, scales)
    return layer if window.channels == 1 else replace(layer, multiplier=view.op.multiplier)


def plain_calls(layer: Weighted) -> tuple[Call, ...]:
    """``layer`` as the portable kernels run it."""
    if layer.window is None:
        return (layer.call("dense", _dense(layer)),)
    zero = layer.view.input(0).zero_point
    if layer.multiplier:
        arguments: Arguments = {
            "weights": layer.table("weights", layer.weights[..., 0].transpose(1, 2, 0), True),
            "requantize": _requantize(layer, layer.bias),
            "window": layer.window.fields(layer.view, zero),
            "multiplier": layer.multiplier,
        }
        call = layer.call("depthwise_conv_2d", arguments)
        return (replace(call, takes_scratch=True, scratch=layer.window.strip_bytes),)
    arguments = {"dense": _dense(layer), "window": layer.window.fields(layer.view, zero)}
    patch = layer.weights[0].size
    return (replace(layer.call("conv_2d", arguments), takes_scratch=True, scratch=patch),)


def _read_dense(view: OpView) -> Weighted:
    weights = _weights(view, rank=2)
    channels, depth = weights.shape
    rows, rest = divmod(view.input(0).elements, depth)
    if rest or rows * channels != view.output.elements:
        raise view.refusal(
            f"has weights of shape {weights.shape} for an input of {view.input(0).shape} "
            f"and an output of {view.output.shape}"
        )
    scales = _scales(view, axis=0, channels=channels, product_in_float=True)
    line = Window((1, rows), (1, rows), depth, (1, 1), (1, 1), (1, 1), (0, 0))
    shaped = weights.reshape(channels, 1, 1, depth)
    return _weighted(view, shaped, line if rows > 1 else None, scales)


def _weighted(
    view: OpView, weights: NDArray[np.int8], window: Window | None, scales: tuple[float, ...]
) -> Weighted:
    low, high = activation_range(view)
    return Weighted(
        view=view,
        weights=weights,
        window=window,
        multiplier=0,
        bias=_bias(view, weights.reshape(len(weights), -1)),
        scaling=tuple(multiplier_of(view, scale) for scale in scales),
        low=low,
        high=high,
    )


def _dense(layer: Weighted) -> Arguments:
    return {
        "weights": layer.table("weights", layer.weights, is_weights=True),
        "requantize": _requantize(layer, layer.folded_bias()),
        "depth": layer.weights[0].size,
        "channels": layer.channels,
    }


def _weights(view: OpView, rank: int) -> NDArray[np.int8]:
    weights = view.constant(1, DType.INT8)
    if weights.ndim != rank:
        raise view.refusal(f"has weights of shape {weights.shape}, not of {rank} dimensions")
    return weights.astype(np.int8)


def _scales(
    view: OpView, axis: int, channels: int, product_in_float: bool = False
) -> tuple[float, ...]:
    """Accumulator to output, for each channel or for all.

    TFLM multiplies input and weight scale in float32 where a dense layer has one scale
    (``product_in_float``) and in float64 everywhere else.
    """
    source, output = int8_activation(view, view.input(0)), int8_activation(view, view.output)
    scales = weight_scales(view, view.input(1), axis, channels)
    if product_in_float and len(scales) == 1:
        return (product32(source.scale, scales[0]) / output.scale,)
    return tuple(source.scale * scale / output.scale for scale in scales)


def _requantize(layer: Weighted, bias: NDArray[np.int32]) -> dict[str, int | Table]:
    """The fields of ``struct ae_requantize``."""
    multipliers = int32_array([multiplier for multiplier, _ in layer.scaling])
    shifts = np.array([shift for _, shift in layer.scaling], np.int8)
    return {
        "bias": layer.table("bias", bias),
        "multiplier": layer.table("multiplier", multipliers),
        "shift": layer.table("shift", shifts),
        "step": 1 if len(layer.scaling) > 1 else 0,
        "output_zero": layer.output_zero,
        "low": layer.low,
        "high": layer.high,
    }


def _bias(view: OpView, weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """The biases, 0 where there are none, for ``weights`` (channels, depth).

    Refuses weights whose sums of products alone could overflow 32 bits.
    """
    channels = len(weights)
    if (255 * np.abs(weights.astype(np.int64)).sum(axis=1)).max() >= 2**31:
        raise view.refusal("has so many weights that a 32-bit sum could overflow")
    if view.optional(2) is None:
        return np.zeros(channels, np.int32)
    stored = view.constant(2, DType.INT32)
    if stored.size != channels:
        raise view.refusal(f"has {stored.size} biases for {channels} output channels")
    return int32_array(stored.reshape(-1))


def rescaling(view: OpView) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Multipliers and shifts of an operator with weights: of each output channel, or one."""
    axis = 3 if view.op.kind is OpKind.DEPTHWISE_CONV_2D else 0
    in_float = view.op.kind is OpKind.FULLY_CONNECTED
    scales = _scales(view, axis, view.input(1).shape[axis], in_float)
    pairs = np.array([multiplier_of(view, scale) for scale in scales], np.int64)
    return pairs[:, 0], pairs[:, 1]
