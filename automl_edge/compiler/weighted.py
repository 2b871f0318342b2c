"""Convolutions and dense layers: weights, folded biases and per-channel multipliers."""

from __future__ import annotations

from dataclasses import replace

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


def lower_conv_2d(view: OpView) -> tuple[Call, ...]:
    """CONV_2D: ``conv_2d``, with a scratch patch where windows are not read in place."""
    weights = _weights(view, rank=4)
    channels, height, width, depth = weights.shape
    window = window_of(view, (height, width))
    if window.channels != depth:
        raise view.refusal(
            f"has weights for {depth} input channels on an image of {window.channels}"
        )
    return _conv_2d(view, weights, window, _scales(view, axis=0, channels=channels))


def lower_depthwise_conv_2d(view: OpView) -> tuple[Call, ...]:
    """DEPTHWISE_CONV_2D: ``depthwise_conv_2d``; on one channel it is an ordinary convolution."""
    weights = _weights(view, rank=4)
    _, height, width, channels = weights.shape
    window = window_of(view, (height, width))
    if weights.shape[0] != 1 or channels != window.channels * view.op.multiplier:
        raise view.refusal(
            f"has weights of shape {weights.shape} for {window.channels} input channels "
            f"and a multiplier of {view.op.multiplier}"
        )
    scales = _scales(view, axis=3, channels=channels)
    if window.channels == 1:
        return _conv_2d(view, weights.transpose(3, 1, 2, 0), window, scales)
    arguments: Arguments = {
        "weights": _table(view, "weights", weights, is_weights=True),
        "requantize": _requantize(view, _bias(view, weights.reshape(-1, channels).T), scales),
        "window": window.fields(view, int8_activation(view, view.input(0)).zero_point),
        "multiplier": view.op.multiplier,
    }
    return (Call("depthwise_conv_2d", arguments, view.op.inputs[:1], view.op.outputs[0]),)


def lower_fully_connected(view: OpView) -> tuple[Call, ...]:
    """FULLY_CONNECTED: ``dense``; on several rows, a convolution of one by one."""
    weights = _weights(view, rank=2)
    channels, depth = weights.shape
    rows, rest = divmod(view.input(0).elements, depth)
    if rest or rows * channels != view.output.elements:
        raise view.refusal(
            f"has weights of shape {weights.shape} for an input of {view.input(0).shape} "
            f"and an output of {view.output.shape}"
        )
    scales = _scales(view, axis=0, channels=channels, product_in_float=True)
    if rows > 1:
        line = Window((1, rows), (1, rows), depth, (1, 1), (1, 1), (1, 1), (0, 0))
        return _conv_2d(view, weights, line, scales)
    arguments = _dense(view, weights, scales)
    return (Call("dense", arguments, view.op.inputs[:1], view.op.outputs[0]),)


def _conv_2d(
    view: OpView, weights: NDArray[np.int8], window: Window, scales: tuple[float, ...]
) -> tuple[Call, ...]:
    arguments: Arguments = {
        "dense": _dense(view, weights.reshape(len(weights), -1), scales),
        "window": window.fields(view, int8_activation(view, view.input(0)).zero_point),
    }
    in_place = window.is_unbroken and not window.leaves_image
    call = Call("conv_2d", arguments, view.op.inputs[:1], view.op.outputs[0], takes_scratch=True)
    return (call if in_place else replace(call, scratch=weights[0].size),)


def _dense(view: OpView, weights: NDArray[np.int8], scales: tuple[float, ...]) -> Arguments:
    return {
        "weights": _table(view, "weights", weights, is_weights=True),
        "requantize": _requantize(view, _folded_bias(view, weights), scales),
        "depth": weights.shape[1],
        "channels": weights.shape[0],
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


def _requantize(
    view: OpView, bias: NDArray[np.int32], scales: tuple[float, ...]
) -> dict[str, int | Table]:
    """The fields of ``struct ae_requantize``."""
    multipliers = [multiplier_of(view, scale) for scale in scales]
    low, high = activation_range(view)
    return {
        "bias": _table(view, "bias", bias),
        "multiplier": _table(view, "multiplier", int32_array([m for m, _ in multipliers])),
        "shift": _table(view, "shift", np.array([s for _, s in multipliers], np.int8)),
        "step": 1 if len(multipliers) > 1 else 0,
        "output_zero": view.output.zero_point,
        "low": low,
        "high": high,
    }


def _folded_bias(view: OpView, weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """bias - zero point * sum of weights (channels, depth), so that kernels sum plain products.

    Wraps around as the kernels' sums do, so that the end is right whatever the way.
    """
    sums = weights.sum(axis=1, dtype=np.int64)
    return int32_array(_bias(view, weights) - view.input(0).zero_point * sums)


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


def _table(
    view: OpView, role: str, values: NDArray[np.int8] | NDArray[np.int32], is_weights: bool = False
) -> Table:
    return Table(f"{role}_{view.index}", values.reshape(-1), is_weights)


def rescaling(view: OpView) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Multipliers and shifts of an operator with weights: of each output channel, or one."""
    axis = 3 if view.op.kind is OpKind.DEPTHWISE_CONV_2D else 0
    in_float = view.op.kind is OpKind.FULLY_CONNECTED
    scales = _scales(view, axis, view.input(1).shape[axis], in_float)
    pairs = np.array([multiplier_of(view, scale) for scale in scales], np.int64)
    return pairs[:, 0], pairs[:, 1]
