"""Biases that make up for what rounding shifts, so that int8 answers as the float network does.

After Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction"
(2019), section 4.2, with means that are measured instead of derived. Activations after a ReLU
are positive, so that the rounding of weights, small as it is, adds up to an offset of a channel,
the same for every window; behind a dozen layers these offsets are what int8 loses most by.
"""

from __future__ import annotations

from collections.abc import Callable
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
    Layer,
    MaxPool2D,
    Softmax,
)
from automl_edge.domain.features import INPUT_SCALE
from automl_edge.training._tensorflow import tensorflow
from automl_edge.training.fake_quant import rounded_activations, rounded_weights
from automl_edge.training.keras_builder import keras_model, normaliser
from automl_edge.training.stepper import Weights

WINDOWS = 64
"""At most, of the representative ones, to take means over: evenly spread, fifty of 200. All 200
gave the same accuracy."""


@dataclass(frozen=True, slots=True)
class _Both:
    """An activation of some windows as the float network has it, and as int8 will."""

    exact: Any
    rounded: Any

    def each(self, function: Callable[[Any], Any]) -> _Both:
        return _Both(function(self.exact), function(self.rounded))


def bias_corrected(
    architecture: Architecture, weights: Weights, representative: NDArray[np.int8]
) -> Weights:
    """``weights`` with biases such that, once rounded, no channel's mean is another.

    ``representative`` (n, *input shape) are features of the training part. Layer by layer,
    behind layers that are rounded and corrected already. The result is meant for the
    converter: without rounding it answers worse than ``weights`` do.
    """
    tf = tensorflow()
    model = keras_model(architecture)
    model.set_weights(list(weights))
    chosen = representative[:: -(-len(representative) // WINDOWS)]
    values = tf.constant(chosen.astype(np.float32) * np.float32(INPUT_SCALE))
    summed = {layer.other for layer in architecture.layers if isinstance(layer, Add)}
    now, kept = _Both(values, values), dict[int, _Both]()
    for index, layer in enumerate(architecture.layers):
        now = _through(layer, model, index, now, kept)
        if index in summed:
            kept[index] = now
    return tuple(model.get_weights())


def _through(layer: Layer, model: Any, index: int, now: _Both, kept: dict[int, _Both]) -> _Both:
    """What comes out of ``layer``, whose bias in ``model`` is corrected if it has one.

    ``kept`` are the outputs, by index, that residual sums read.
    """
    tf = tensorflow()
    match layer:
        case Conv2D() | DepthwiseConv2D():
            return _activated(_convolved(layer, model, index, now), layer.activation)
        case Dense():
            return _activated(_dense(model, index, now), layer.activation)
        case Add():
            other = kept[layer.other]
            added = _Both(now.exact + other.exact, now.rounded + other.rounded)
            return _activated(added, layer.activation)
        case MaxPool2D():
            return now.each(lambda x: tf.nn.max_pool2d(x, layer.pool, layer.stride, "VALID"))
        case AveragePool2D():
            pool = layer.pool or now.exact.shape[1:3]
            return now.each(lambda x: tf.nn.avg_pool2d(x, pool, layer.stride or pool, "VALID"))
        case Flatten():
            return now.each(lambda x: tf.reshape(x, (x.shape[0], -1)))
        case Dropout() | Softmax():
            return now


def _convolved(layer: Conv2D | DepthwiseConv2D, model: Any, index: int, now: _Both) -> _Both:
    """Convolution and batch normalisation as one, as the converter folds them."""
    tf = tensorflow()
    norm, kernel = normaliser(model, index), model.get_layer(f"layer{index}").kernel.value
    factor = norm.gamma * tf.math.rsqrt(norm.moving_variance + norm.epsilon)
    folded = tf.reshape(kernel, (-1, factor.shape[0])) * factor
    convolve = tf.nn.depthwise_conv2d if isinstance(layer, DepthwiseConv2D) else tf.nn.conv2d

    def run(x: Any, by_output: Any) -> Any:
        taps = tf.reshape(by_output, kernel.shape)
        return convolve(x, taps, (1, *layer.stride, 1), layer.padding.upper())

    found = _Both(run(now.exact, folded), run(now.rounded, rounded_weights(folded)))
    return _corrected(found, norm.beta, norm.beta.numpy() - norm.moving_mean * factor)


def _dense(model: Any, index: int, now: _Both) -> _Both:
    dense = model.get_layer(f"layer{index}")
    kernel = dense.kernel.value
    found = _Both(now.exact @ kernel, now.rounded @ rounded_weights(kernel))
    return _corrected(found, dense.bias, dense.bias.numpy())


def _corrected(found: _Both, variable: Any, bias: Any) -> _Both:
    """``found`` with its ``bias``; what its rounded means lack is added to ``variable``."""
    lacking = _means(found.exact) - _means(found.rounded)
    variable.assign(variable.numpy() + lacking)
    return _Both(found.exact + bias, found.rounded + (bias + lacking))


def _means(values: Any) -> NDArray[np.float32]:
    """Of each channel (..., channels), summed in double precision."""
    found = values.numpy()
    axes = tuple(range(found.ndim - 1))
    means: NDArray[np.float32] = found.mean(axis=axes, dtype=np.float64).astype(np.float32)
    return means


def _activated(found: _Both, activation: Activation) -> _Both:
    tf = tensorflow()
    functions = {Activation.RELU: tf.nn.relu, Activation.RELU6: tf.nn.relu6}
    active = found.each(functions.get(activation, tf.identity))
    return _Both(active.exact, rounded_activations(active.rounded))
