"""Layers for kernels that read packed weights: see ``csrc/include/ae_packed.h``.

What a layer needs for that is checked here; where something is missing, the portable
kernels run the layer.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.call import Arguments, Call
from automl_edge.compiler.geometry import Window
from automl_edge.compiler.quantised import int32_array
from automl_edge.compiler.weighted import Weighted
from automl_edge.domain.workload import OpWork

TILE = 4
LINES = 3
_QUAD = (0, 2, 1, 3)
"""Order of four neighbouring inputs in two words of two lanes."""


def packed_calls(layer: Weighted) -> tuple[Call, ...] | None:
    """``layer`` for packed kernels, or None if its numbers do not allow it."""
    layer = _without_silent(layer)
    factors = _factors(layer)
    if factors is None:
        return None
    if layer.multiplier:
        return _depthwise(layer, factors)
    flat = layer.weights.reshape(layer.channels, -1)
    words = pack_pairs(flat)
    if words is None:
        return None
    packed: Arguments = {
        "weights": layer.table("weights", words, is_weights=True),
        "channel": layer.table("channel", _pair_words(layer.folded_bias(), factors)),
        "depth": flat.shape[1],
        "steps": words.shape[1],
        "channels": layer.channels,
        **_range(layer),
    }
    columns = 4 * words.shape[1]
    if layer.window is None:
        call = layer.call("dense_packed", packed)
        return (replace(call, takes_scratch=True, scratch=columns),)
    window = one_row(layer.window)
    arguments: Arguments = {
        "packed": packed,
        "window": window.fields(layer.view, layer.view.input(0).zero_point),
    }
    scratch = TILE * (columns + _patch(window, 2 * words.shape[1]))
    call = layer.call("conv_2d_packed", arguments)
    return (replace(call, takes_scratch=True, scratch=scratch),)


def pack_pairs(weights: NDArray[np.int8]) -> NDArray[np.int32] | None:
    """Words (pairs of channels, steps) of int8 ``weights`` (channels, depth), or None.

    None where a lane would not fit 16 bits, or 256 times an odd channel's sum 32 bits.
    """
    channels, depth = weights.shape
    wide = np.zeros((channels + channels % 2, _up_to(depth, 4)), np.int64)
    wide[:channels, :depth] = weights
    a, b = wide[0::2], wide[1::2]
    lanes = 256 * b + a
    if lanes.min() < -(2**15) or lanes.max() >= 2**15:
        return None
    if (128 * np.abs(b).sum(axis=1)).max() >= 2**23:
        return None
    quads = lanes.reshape(len(lanes), -1, 4)[..., _QUAD].reshape(len(lanes), -1, 2)
    return int32_array(quads[..., 0] & 0xFFFF | quads[..., 1] << 16)


def one_row(window: Window) -> Window:
    """A 1x1 window over a whole image as one over a single long row."""
    pointwise = window.kernel == (1, 1) and window.stride == (1, 1)
    pixels = window.in_size[0] * window.in_size[1]
    if not pointwise or window.leaves_image or pixels >= 2**15:
        return window
    return replace(window, in_size=(1, pixels), out_size=(1, pixels))


def _patch(window: Window, depth: int) -> int:
    """Bytes that are copied of a pixel's window, ``depth`` bytes long: all of it, the row that
    leaves the image, or nothing."""
    row = window.kernel[1] * window.channels
    is_dense = window.kernel[1] == 1 or window.dilation[1] == 1
    if row % 4 or not is_dense:
        return depth
    return row if window.leaves_image else 0


def by_columns(size: tuple[int, int], out_size: tuple[int, int], stride: tuple[int, int]) -> bool:
    """Whether a depthwise layer goes through columns: longer lines, where nothing forbids it."""
    return stride == (1, 1) and out_size == size and size[0] > size[1]


def suits_depthwise_3x3(work: OpWork) -> bool:
    """Whether ``depthwise_3x3`` can run a depthwise layer of this shape."""
    return (
        work.kernel == (3, 3)
        and work.dilation == (1, 1)
        and work.stride in ((1, 1), (2, 2))
        and work.in_shape[2] == work.out_shape[2]
    )


def strips_scratch(size: tuple[int, int], out_size: tuple[int, int], stride: int) -> int:
    """Bytes of the strips of four channels: a word for each pair of inputs and line."""
    length = out_size[0 if by_columns(size, out_size, (stride, stride)) else 1]
    words = (length + 1) // 2 if stride == 1 else length
    return 4 * 4 * LINES * (words + 1)


def _depthwise(
    layer: Weighted, factors: tuple[NDArray[np.int32], NDArray[np.int32]]
) -> tuple[Call, ...] | None:
    window = layer.window
    assert window is not None  # a depthwise layer has one
    suits = window.kernel == (3, 3) and window.stride in ((1, 1), (2, 2))
    if not suits or window.dilation != (1, 1) or layer.multiplier != 1 or max(window.pad) > 1:
        return None
    columns = by_columns(window.in_size, window.out_size, window.stride)
    across, along = (1, 0) if columns else (0, 1)
    taps = layer.weights[..., 0].transpose(0, 2, 1) if columns else layer.weights
    first, second = factors
    channel = np.stack([layer.folded_bias(), first, second], axis=1)
    channels = window.channels
    in_step = (window.in_size[1] * channels, channels)
    out_step = (window.out_size[1] * channels, channels)
    arguments: Arguments = {
        "weights": layer.table("weights", np.ascontiguousarray(taps), is_weights=True),
        "channel": layer.table("channel", int32_array(channel)),
        "channels": channels,
        "in_line": in_step[across],
        "in_pixel": in_step[along],
        "out_line": out_step[across],
        "out_pixel": out_step[along],
        "in_lines": window.in_size[across],
        "in_length": window.in_size[along],
        "out_lines": window.out_size[across],
        "out_length": window.out_size[along],
        "stride": window.stride[0],
        "pad_lines": window.pad[across],
        "pad_length": window.pad[along],
        "zero": layer.view.input(0).zero_point,
        **_range(layer),
    }
    scratch = strips_scratch(window.in_size, window.out_size, window.stride[0])
    return (replace(layer.call("depthwise_3x3", arguments), takes_scratch=True, scratch=scratch),)


def _without_silent(layer: Weighted) -> Weighted:
    """``layer`` with channels whose multiplier is 0, which give the zero point, made plain."""
    silent = np.array([multiplier == 0 for multiplier, _ in layer.scaling])
    if not silent.any():
        return layer
    silent = np.broadcast_to(silent, (layer.channels,))
    return replace(
        layer,
        weights=np.where(silent[:, None, None, None], 0, layer.weights).astype(np.int8),
        bias=np.where(silent, 0, layer.bias).astype(np.int32),
        scaling=tuple((m, s) if m else (2**30, -8) for m, s in layer.scaling),
    )


def _factors(layer: Weighted) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
    """First and second factor of each channel, or None where one does not fit 32 bits.

    The rounded doubling high multiplication by a Q0.31 multiplier m is s + round(s *
    (2m - 2^32) / 2^32); a rounded shift right by n is round(h * 2^(32 - n) / 2^32).
    """
    if any(multiplier < 2**30 or shift > -2 for multiplier, shift in layer.scaling):
        return None
    scaling = layer.scaling if len(layer.scaling) > 1 else layer.scaling * layer.channels
    first = [2 * multiplier - 2**32 for multiplier, _ in scaling]
    second = [2 ** (32 + shift) for _, shift in scaling]
    return int32_array(first), int32_array(second)


def _pair_words(
    bias: NDArray[np.int32], factors: tuple[NDArray[np.int32], NDArray[np.int32]]
) -> NDArray[np.int32]:
    """Six words a pair: biases of a and b, factors of b, factors of a."""
    first, second = factors
    columns = np.stack([bias, first, second])
    if columns.shape[1] % 2:
        columns = np.pad(columns, ((0, 0), (0, 1)))
    a, b = columns[:, 0::2], columns[:, 1::2]
    return int32_array(np.stack([a[0], b[0], b[1], b[2], a[1], a[2]], axis=1))


def _range(layer: Weighted) -> dict[str, int]:
    """Zero point and limits, and whether negative results have to be rounded as TFLM does.

    Halves are rounded away from zero, so that negative ones differ from positive ones; where
    the lower limit is zero (a ReLU), no negative result is left to tell.
    """
    return {
        "output_zero": layer.output_zero,
        "low": layer.low,
        "high": layer.high,
        "is_signed": int(layer.low < layer.output_zero),
    }


def _up_to(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
