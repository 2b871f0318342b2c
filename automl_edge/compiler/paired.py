"""Layers for kernels that multiply a weight by two inputs at once: ``csrc/include/ae_paired.h``.

What a layer needs for that is checked here; where something is missing, the portable
kernels run the layer.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.call import Arguments, Call
from automl_edge.compiler.geometry import Pair, Window
from automl_edge.compiler.packed import by_columns, one_row
from automl_edge.compiler.quantised import int32_array
from automl_edge.compiler.weighted import Weighted
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork

TILE = 4
QUAD = 4
CHUNK = 128
"""Inputs of a dense layer that are summed at a time: AE_FOURS_CHUNK."""

ROWS_CHUNK = 32
"""Outputs of a row of a depthwise layer that are summed at a time: AE_ROWS_CHUNK."""

TAPS = 9
"""Taps of a depthwise layer, 3 x 3 or in a row."""

_OFFSET = 2**15
"""What is added to each lane, so that it is never negative."""

_LARGEST_SUM = 2**29
"""Sums under this are scaled in halves of 16 bits without an overflow."""


def paired_calls(layer: Weighted) -> tuple[Call, ...] | None:
    """``layer`` for paired kernels, or None if its numbers do not allow it."""
    per_channel = _numbers(layer)
    if per_channel is None:
        return None
    layer, channel = per_channel
    if layer.multiplier:
        return _depthwise(layer, channel)
    if layer.window is None or _reads_all(layer.window):
        return _dense(layer, channel)
    if math.prod(layer.window.out_size) < TILE:
        return None
    return _conv_2d(layer, channel, layer.window)


def split_quads(weights: NDArray[np.int8]) -> tuple[NDArray[np.int8], list[list[tuple[int, int]]]]:
    """int8 ``weights`` (channels, depth) in quads that fit a lane, and each channel's fixes.

    The quads are int8 (channels, quads, 4). A fix is (input number, weight): a weight that is
    0 in its quad because the quad's largest sum would not fit.
    """
    channels, depth = weights.shape
    padded = np.zeros((channels, _up_to(depth, QUAD)), np.int8)
    padded[:, :depth] = weights
    quads = padded.reshape(channels, -1, QUAD)
    fixes: list[list[tuple[int, int]]] = [[] for _ in range(channels)]
    for c, q in np.argwhere(~_fits(quads)).tolist():
        while not _fits(quads[c, q]):
            i = int(np.abs(quads[c, q].astype(np.int64)).argmax())
            fixes[c].append((QUAD * q + i, int(quads[c, q, i])))
            quads[c, q, i] = 0
    return quads, fixes


def suits(work: OpWork, plain: str) -> bool:
    """Whether paired kernels can run a layer of this shape that ``plain`` could run."""
    if plain == "depthwise_conv_2d":
        is_plain = work.dilation == (1, 1) and work.in_shape[2] == work.out_shape[2]
        return is_plain and _has_few_taps(by_longer_lines(work).kernel)
    if plain != "conv_2d":
        return True
    rows = work.macs // max(work.weight_bytes, 1)
    return rows >= TILE or is_dense(work)


def is_dense(work: OpWork) -> bool:
    """Whether a convolution's one window is the whole image."""
    one = work.kind is OpKind.CONV_2D and work.out_shape[:2] == (1, 1)
    return one and work.kernel == work.in_shape[:2]


def usual_fixes(channels: int) -> int:
    """Fixes of a layer of ``channels``, which depend on the weights.

    Trained layers have about five for four channels, however deep: the more weights a
    channel has, the fewer are near the largest. Found in the MLPerf Tiny models and in fits
    on motion and sound.
    """
    return channels * 5 // 4


def fours_scratch(depth: int, channels: int) -> int:
    """Bytes of a chunk of inputs as words and of four sums, or of all if chunks are several."""
    words, sums = _up_to(depth, QUAD), QUAD
    if words > CHUNK:
        words, sums = CHUNK, _up_to(channels, QUAD)
    return 4 * (words + 1 + sums)


def by_longer_lines(work: OpWork) -> OpWork:
    """A depthwise layer with rows and columns changed for each other where it goes so."""
    if not _is_turned(work.in_shape[:2], work.out_shape[:2], work.kernel, work.stride):
        return work
    (height, width, channels), (rows, columns, outputs) = work.in_shape, work.out_shape
    return replace(
        work,
        in_shape=(width, height, channels),
        out_shape=(columns, rows, outputs),
        kernel=work.kernel[::-1],
        stride=work.stride[::-1],
    )


def _is_turned(in_size: Pair, out_size: Pair, kernel: Pair, stride: Pair) -> bool:
    """Whether a depthwise layer goes through columns: a single one, or longer lines."""
    if in_size[1] == kernel[1] == 1:
        return True
    return kernel == (3, 3) and by_columns(in_size, out_size, stride)


def rows_scratch(kernel: Pair, out_width: int, stride: int) -> int:
    """Bytes of a chunk of sums and of three padded rows of one channel, or one of nine taps."""
    rows, taps = (1, TAPS) if kernel[0] == 1 else kernel
    return 4 * ROWS_CHUNK + rows * ((out_width - 1) * stride + taps)


def _conv_2d(layer: Weighted, channel: NDArray[np.int64], window: Window) -> tuple[Call, ...]:
    quads, fixes = split_quads(layer.weights.reshape(layer.channels, -1))
    counts = np.array([len(own) for own in fixes], np.int64)
    channel[:, 0] -= _OFFSET * (quads.shape[1] + counts)
    channel[:, 2] += counts << 8
    # an array in C cannot be empty
    words = [i << 11 | weight & 0xFF for own in fixes for i, weight in own] or [0]
    paired: Arguments = {
        "weights": layer.table("weights", _words(quads), is_weights=True),
        "fixes": layer.table("fixes", int32_array(words)),
        "channel": layer.table("channel", int32_array(channel)),
        "quads": quads.shape[1],
        "channels": layer.channels,
        **_range(layer),
    }
    window = one_row(window)
    arguments: Arguments = {
        "paired": paired,
        "window": window.fields(layer.view, layer.view.input(0).zero_point),
    }
    copies = not reads_in_place(window)
    scratch = TILE * (2 * QUAD * quads.shape[1] + copies * layer.weights[0].size)
    call = layer.call("conv_2d_paired", arguments)
    return (replace(call, takes_scratch=True, scratch=scratch),)


def reads_in_place(window: Window) -> bool:
    """Whether every window's rows are read straight from the image, without a copy."""
    is_dense = window.kernel[1] == 1 or window.dilation[1] == 1
    return is_dense and not window.leaves_image


def _dense(layer: Weighted, channel: NDArray[np.int64]) -> tuple[Call, ...] | None:
    flat = layer.weights.reshape(layer.channels, -1)
    channels, depth = flat.shape
    wide = np.zeros((_up_to(channels, QUAD), _up_to(depth, QUAD)), np.int8)
    wide[:channels, :depth] = flat
    fours = wide.reshape(-1, QUAD, wide.shape[1]).transpose(0, 2, 1).astype(np.int64)
    halves = 256 * fours[..., 1::2] + fours[..., 0::2]
    if halves.min() < -(2**15):
        return None
    words = int32_array(halves[..., 0] + 2**15 & 0xFFFF | halves[..., 1] << 16)
    arguments: Arguments = {
        "weights": layer.table("weights", words, is_weights=True),
        "channel": layer.table("channel", int32_array(channel)),
        "depth": depth,
        "channels": channels,
        **_range(layer),
    }
    call = layer.call("dense_fours", arguments)
    return (replace(call, takes_scratch=True, scratch=fours_scratch(depth, channels)),)


def _depthwise(layer: Weighted, channel: NDArray[np.int64]) -> tuple[Call, ...] | None:
    window = layer.window
    assert window is not None  # a depthwise layer has one
    is_turned = _is_turned(window.in_size, window.out_size, window.kernel, window.stride)
    taps = layer.weights[..., 0]
    if is_turned:
        window, taps = window.transposed(), taps.transpose(0, 2, 1)
    if not _has_few_taps(window.kernel) or layer.multiplier != 1 or window.dilation != (1, 1):
        return None
    weights = np.zeros((layer.channels, TAPS), np.int8)
    weights[:, : math.prod(window.kernel)] = taps.reshape(layer.channels, -1)
    arguments: Arguments = {
        "weights": layer.table("weights", weights, is_weights=True),
        "channel": layer.table("channel", int32_array(channel)),
        "window": window.fields(layer.view, layer.view.input(0).zero_point),
        **_range(layer),
        "is_turned": int(is_turned),
    }
    scratch = rows_scratch(window.kernel, window.out_size[1], window.stride[1])
    return (replace(layer.call("depthwise_rows", arguments), takes_scratch=True, scratch=scratch),)


def _has_few_taps(kernel: Pair) -> bool:
    """Whether a depthwise window is one that the kernels take."""
    return kernel == (3, 3) or (kernel[0] == 1 and kernel[1] <= TAPS)


def _numbers(layer: Weighted) -> tuple[Weighted, NDArray[np.int64]] | None:
    """``layer`` and (bias, multiplier, right shift) of each channel, or None where sums are too
    large for the kernels or a shift goes left.

    That is often so of channels that always give the same: they lose their weights.
    """
    scaling = layer.scaling if len(layer.scaling) > 1 else layer.scaling * layer.channels
    bias = layer.folded_bias().tolist()
    weights = layer.weights.copy()
    sums = 128 * np.abs(weights.astype(np.int64)).reshape(layer.channels, -1).sum(axis=1)
    rows = []
    for c, (multiplier, shift) in enumerate(scaling):
        right = -shift if multiplier else 1  # a multiplier of 0 makes any shift the same
        largest = int(sums[c])
        if 1 <= right <= 31 and abs(bias[c]) + largest < _LARGEST_SUM:
            rows.append((bias[c], multiplier, right))
            continue
        constant = _constant(layer, (bias[c] - largest, bias[c] + largest), multiplier, shift)
        if constant is None:
            return None
        weights[c] = 0
        rows.append((4 * (constant - layer.output_zero), 2**30, 1))
    return replace(layer, weights=weights), np.array(rows, np.int64)


def _constant(layer: Weighted, sums: tuple[int, int], multiplier: int, shift: int) -> int | None:
    """What a channel gives for any sum in a range, or None if that is not one number."""
    if max(abs(end) for end in sums) << max(shift, 0) >= 2**31:
        return None  # it might wrap around
    low, high = (
        min(max(layer.output_zero + _scaled(end, multiplier, shift), layer.low), layer.high)
        for end in sums
    )
    return low if low == high else None


def _scaled(x: int, multiplier: int, shift: int) -> int:
    """``ae_scale`` of ae_fixed.h, for what does not wrap around."""
    high = ((x << max(shift, 0)) * multiplier + 2**30) >> 31
    return high if shift >= 0 else (high - (high < 0) + (1 << -shift - 1)) >> -shift


def _range(layer: Weighted) -> dict[str, int]:
    return {"output_zero": layer.output_zero, "low": layer.low, "high": layer.high}


def _reads_all(window: Window) -> bool:
    """Whether the one window is the whole image."""
    one = window.out_size == (1, 1) and window.kernel == window.in_size
    return one and not window.leaves_image


def _fits(quads: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Whether sums of int8 inputs times ``quads`` (..., 4) fit 16 bits."""
    wide = quads.astype(np.int64)
    up = np.maximum(wide, 0).sum(axis=-1)
    down = np.maximum(-wide, 0).sum(axis=-1)
    fits: NDArray[np.bool_] = (127 * up + 128 * down < _OFFSET) & (128 * up + 127 * down <= _OFFSET)
    return fits


def _words(fours: NDArray[np.int8]) -> NDArray[np.int32]:
    """int8 (..., 4) as words, the first in the low byte."""
    words: NDArray[np.int32] = np.ascontiguousarray(fours).view("<i4").astype(np.int32)
    return words


def _up_to(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
