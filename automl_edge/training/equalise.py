"""Moves scales between layers so that int8 activations lose less; the float network stays.

After Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias
Correction" (2019), section 4.1. Here an int8 weight tensor has a scale for each output
channel, so that scaling a channel costs its own weights nothing; what counts is that an
activation has one scale for all its channels, and the next layer one for all its inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.architecture import (
    Activation,
    Add,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    MaxPool2D,
)
from automl_edge.domain.features import INPUT_SCALE
from automl_edge.training._tensorflow import keras
from automl_edge.training.keras_builder import keras_model, normaliser, output_of
from automl_edge.training.stepper import Weights

SPREAD = 3.0
"""A channel is expected to reach so many standard deviations above its mean, at least."""

LEANINGS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""From equal inputs of the next layer's weights (0) to equal channels of the activation (1)."""

ACTIVATION_STEPS = 255
WEIGHT_STEPS = 127
RELU6_CLIP = 6.0

_WEIGHTED = (Conv2D, DepthwiseConv2D, Dense)
_PASSING = (MaxPool2D, AveragePool2D, Dropout, Flatten)
"""A positive factor on a channel of their input comes out as the same factor."""

Channels = NDArray[np.float64]
"""One number for each channel of an activation."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Layers, by index, of which ``second`` alone reads ``first``, through pools at most."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class _Activity:
    """What an activation's channels do: the largest value, and the root of the mean square."""

    peak: Channels
    power: Channels


def equalised(
    architecture: Architecture, weights: Weights, representative: NDArray[np.int8]
) -> Weights:
    """``weights`` with scales moved between neighbouring layers wherever int8 gains by it.

    ``representative`` (n, *input shape) are features of the training part. On them the
    float network answers as before; beyond them too, but where a ReLU6 would clip a
    channel that is now larger than it was.
    """
    model = keras_model(architecture)
    model.set_weights(list(weights))
    pairs = tuple(_pairs(architecture))
    for pair, seen in zip(pairs, _activities(model, pairs, representative), strict=True):
        factors = _factors(_Junction.of(model, architecture, pair, seen))
        _scale_outputs(model, pair.first, factors)
        _scale_inputs(model, pair.second, factors)
    return tuple(model.get_weights())


def _pairs(architecture: Architecture) -> Iterator[_Pair]:
    """All pairs of neighbours; an activation that a residual sum reads belongs to none."""
    layers = architecture.layers
    summed = {layer.other for layer in layers if isinstance(layer, Add)}
    for index, layer in enumerate(layers):
        after = index
        if not isinstance(layer, _WEIGHTED):
            continue
        while after not in summed and after + 1 < len(layers):
            after += 1
            if isinstance(layers[after], _WEIGHTED):
                yield _Pair(index, after)
            if not isinstance(layers[after], _PASSING):
                break


def _activities(
    model: Any, pairs: tuple[_Pair, ...], representative: NDArray[np.int8]
) -> list[_Activity]:
    """What the first of each pair puts out over ``representative``."""
    if not pairs:
        return []
    ops = keras().ops
    outputs = []
    for pair in pairs:
        output = output_of(model, pair.first)
        plane = tuple(range(1, output.ndim - 1))
        sizes, squares = ops.abs(output), ops.square(output)
        outputs += [ops.max(sizes, plane), ops.mean(squares, plane)] if plane else [sizes, squares]
    values = representative.astype(np.float32) * np.float32(INPUT_SCALE)
    found = keras().Model(model.input, outputs).predict(values, verbose=0)
    return [
        _Activity(peaks.max(axis=0).astype(np.float64), np.sqrt(powers.mean(axis=0, dtype=float)))
        for peaks, powers in zip(found[::2], found[1::2], strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Junction:
    """All that decides the factors of a pair.

    ``kernel`` (taps, channels, outputs) are the second layer's weights; where it is
    ``depthwise`` each channel has outputs, and scales, of its own.
    """

    activation: Activation
    seen: _Activity
    kernel: NDArray[np.float64]
    depthwise: bool

    @staticmethod
    def of(model: Any, architecture: Architecture, pair: _Pair, seen: _Activity) -> _Junction:
        first, second = architecture.layers[pair.first], architecture.layers[pair.second]
        assert isinstance(first, _WEIGHTED)
        kernel = model.get_layer(f"layer{pair.second}").kernel.numpy()
        return _Junction(
            first.activation,
            _expected(model, pair.first, first.activation, seen),
            _by_channel(kernel, len(seen.peak)).astype(np.float64),
            isinstance(second, DepthwiseConv2D),
        )

    @property
    def free(self) -> NDArray[np.bool_]:
        """The channels that may be scaled: active ones that are read and that nothing clips."""
        peak, weights = self.seen.peak, np.abs(self.kernel).max(axis=(0, 2))
        return np.asarray((peak > 0) & (peak < _clip(self.activation)) & (weights > 0))


def _expected(model: Any, index: int, activation: Activation, seen: _Activity) -> _Activity:
    """``seen`` with peaks of SPREAD deviations at least, as batch normalisation knows them.

    A channel that was hardly active on the representative windows may be elsewhere.
    """
    normalise = normaliser(model, index)
    if normalise is None:
        return seen
    mean, deviation = normalise.beta.numpy(), np.abs(normalise.gamma.numpy())
    centre = np.abs(mean) if activation is Activation.NONE else mean
    peak = np.maximum(seen.peak, centre + SPREAD * deviation)
    return _Activity(np.minimum(peak, _clip(activation)), seen.power)


def _clip(activation: Activation) -> float:
    return RELU6_CLIP if activation is Activation.RELU6 else np.inf


def _factors(junction: _Junction) -> Channels:
    """What to multiply each channel of the activation by: the best of some ways to lean."""
    if not _output_sizes(junction).any():
        return np.ones_like(junction.seen.peak)
    if junction.depthwise:  # its weights have a scale for each channel already
        return _kept_in_range(junction, 1.0)
    ways = [np.ones_like(junction.seen.peak)]
    ways += [_kept_in_range(junction, lean) for lean in LEANINGS]
    return min(ways, key=lambda factors: _noise(junction, factors))


def _kept_in_range(junction: _Junction, lean: float) -> Channels:
    """Factors that ``lean``, such that the largest channel stays as large as it was."""
    peak, free = junction.seen.peak, junction.free
    factors = np.ones_like(peak)
    if free.any():
        largest = (peak * _weight(junction))[free] ** (1 - lean)
        factors[free] = peak.max() / largest.max() * largest / peak[free]
    return factors


def _weight(junction: _Junction) -> Channels:
    """The largest weight that each channel is read with, relative to the outputs' sizes."""
    kernel, size = junction.kernel, _output_sizes(junction)
    relative = np.abs(kernel).max(axis=0)[:, size > 0] / size[size > 0]
    return np.asarray(np.sqrt(np.mean(relative**2, axis=1)))


def _output_sizes(junction: _Junction) -> Channels:
    """Root mean square of the second layer's outputs, were the channels independent."""
    of_squares = np.einsum("tco,c->o", junction.kernel**2, junction.seen.power**2)
    return np.asarray(np.sqrt(of_squares))


def _noise(junction: _Junction, factors: Channels) -> float:
    """Variance that int8 adds to the second layer's outputs, relative to their own.

    Each rounding adds a twelfth of the square of its step, which is left out here.
    """
    kernel = junction.kernel / factors[:, np.newaxis]
    sides = 2 if junction.activation is Activation.NONE else 1
    step = sides * (factors * junction.seen.peak).max() / ACTIVATION_STEPS
    of_activation = step**2 * (kernel**2).sum(axis=(0, 1))
    weight_steps = np.abs(kernel).max(axis=(0, 1)) / WEIGHT_STEPS
    of_weights = weight_steps**2 * len(kernel) * ((factors * junction.seen.power) ** 2).sum()
    size = _output_sizes(junction)
    return float(np.mean((of_activation + of_weights)[size > 0] / size[size > 0] ** 2))


def _by_channel(kernel: Any, channels: int) -> Any:
    """``kernel`` as (taps, input channels, outputs): a flattened plane's positions are taps."""
    return kernel.reshape(-1, channels, kernel.shape[-1])


def _scale_outputs(model: Any, index: int, factors: Channels) -> None:
    """Multiply the outputs of layer ``index`` by ``factors``."""
    normalise = normaliser(model, index)
    scaled = model.get_layer(f"layer{index}") if normalise is None else normalise
    names = ("kernel", "bias") if normalise is None else ("gamma", "beta")
    for name in names:
        variable = getattr(scaled, name)
        variable.assign(variable.numpy() * factors)


def _scale_inputs(model: Any, index: int, factors: Channels) -> None:
    """Divide the weights that read each channel, so that layer ``index`` answers as before."""
    kernel = model.get_layer(f"layer{index}").kernel
    before = kernel.numpy()
    divided = _by_channel(before, len(factors)) / factors[:, np.newaxis]
    kernel.assign(divided.reshape(before.shape))
