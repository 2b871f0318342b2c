"""Layers for kernels that sum four channels of four pixels: ``csrc/include/ae_tiled.h``.

What a layer needs for that is checked here; where something is missing, the portable
kernels run the layer.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.call import Arguments, Call
from automl_edge.compiler.geometry import Window
from automl_edge.compiler.quantised import int32_array
from automl_edge.compiler.weighted import Weighted
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

TILE = 4
"""Pixels, and channels, that are computed together."""

ADDED = 128
"""What makes bytes of a word unsigned: the inputs of a convolution, a dense layer's weights."""


def tiled_calls(layer: Weighted) -> tuple[Call, ...] | None:
    """``layer`` for tiled kernels, or None if its numbers do not allow it."""
    channel = _channel(layer)
    if channel is None:
        return None
    if layer.multiplier:
        return _depthwise(layer, channel)
    if layer.window is None:
        words = as_words(in_fours(layer.weights.reshape(layer.channels, -1)))
        return (layer.call("dense_tiled", _tiled(layer, words, channel)),)
    return _conv_2d(layer, channel, layer.window)


def in_fours(weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """int8 ``weights`` (channels, depth) as (channels / 4, depth, 4), filled up with zeros."""
    channels, depth = weights.shape
    wide = np.zeros((-(-channels // TILE) * TILE, depth), np.int8)
    wide[:channels] = weights
    return np.ascontiguousarray(wide.reshape(-1, TILE, depth).transpose(0, 2, 1))


def as_words(fours: NDArray[np.int8]) -> NDArray[np.int32]:
    """The int8 weights of each four (..., 4) in a word from the low byte on, with 128 added."""
    words: NDArray[np.int32] = (fours.view(np.uint8) ^ np.uint8(ADDED)).view("<i4").astype(np.int32)
    return words


def suits(work: OpWork, plain: str) -> bool:
    """Whether tiled kernels can run a layer of this shape that ``plain`` could run."""
    if plain == "depthwise_conv_2d":
        is_square = work.kernel == (3, 3) and work.stride in ((1, 1), (2, 2))
        is_plain = work.dilation == (1, 1) and work.in_shape[2] == work.out_shape[2]
        return is_square and is_plain
    is_dense = work.kind is OpKind.FULLY_CONNECTED
    pixels = work.macs // max(work.weight_bytes, 1) if is_dense else math.prod(work.out_shape[:2])
    return plain != "conv_2d" or pixels >= TILE


def _conv_2d(
    layer: Weighted, channel: NDArray[np.int32], window: Window
) -> tuple[Call, ...] | None:
    if math.prod(window.out_size) < TILE:
        return None
    flat = layer.weights.reshape(layer.channels, -1)
    added = ADDED * flat.sum(axis=1, dtype=np.int64)
    channel[:, 0] = int32_array(channel[:, 0] - added)
    arguments: Arguments = {
        "tiled": _tiled(layer, in_fours(flat), channel),
        "window": window.fields(layer.view, layer.view.input(0).zero_point),
    }
    call = layer.call("conv_2d_tiled", arguments)
    return (replace(call, takes_scratch=True, scratch=TILE * flat.shape[1]),)


def _tiled(
    layer: Weighted, weights: NDArray[np.int8] | NDArray[np.int32], channel: NDArray[np.int32]
) -> Arguments:
    return {
        "weights": layer.table("weights", weights, is_weights=True),
        "channel": layer.table("channel", channel),
        "depth": layer.weights[0].size,
        "channels": layer.channels,
        **_range(layer),
    }


def _depthwise(layer: Weighted, channel: NDArray[np.int32]) -> tuple[Call, ...] | None:
    window = layer.window
    assert window is not None  # a depthwise layer has one
    suits = window.kernel == (3, 3) and window.stride in ((1, 1), (2, 2))
    if not suits or window.dilation != (1, 1) or layer.multiplier != 1:
        return None
    arguments: Arguments = {
        "weights": layer.table("weights", layer.weights, is_weights=True),
        "channel": layer.table("channel", channel),
        "window": window.fields(layer.view, layer.view.input(0).zero_point),
        **_range(layer),
    }
    return (layer.call("depthwise_slide", arguments),)


def _channel(layer: Weighted) -> NDArray[np.int32] | None:
    """(bias, multiplier, right shift) of each channel, or None where a shift is less than 2:
    the zero point is added before the last bit is shifted out, which takes room above. A
    multiplier of 0 makes any shift the same."""
    scaling = layer.scaling if len(layer.scaling) > 1 else layer.scaling * layer.channels
    pairs = [(multiplier, -shift if multiplier else 2) for multiplier, shift in scaling]
    if any(not 2 <= shift <= 31 for _, shift in pairs):
        return None
    return int32_array(np.column_stack([layer.folded_bias(), np.array(pairs, np.int64)]))


def _range(layer: Weighted) -> dict[str, int]:
    return {"output_zero": layer.output_zero, "low": layer.low, "high": layer.high}
