"""An architecture as a Keras model: the reading of ``domain/architecture`` that can be trained."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
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
from automl_edge.training._tensorflow import keras, tensorflow

INPUT_NAME = "features"
BATCH_NORM_MOMENTUM = 0.9
"""Running statistics follow the last ten steps or so: a short trial has few hundreds."""

BATCH_NORM_EPSILON = 1e-3


def keras_model(architecture: Architecture, seed: int = 1) -> Any:
    """A functional Keras model, float32 (batch, height, width, channels) to probabilities.

    The input is the int8 features times INPUT_SCALE. Convolutions have no bias; batch
    normalisation and the activation follow, all of which the converter folds. Layers are
    named by their place, so that the same architecture and seed give the same model in
    any session. Raises ValueError for depthwise strides that differ (see ``_depthwise``).
    """
    source = keras().layers.Input(architecture.input_shape, name=INPUT_NAME)
    outputs: list[Any] = []
    for index, layer in enumerate(architecture.layers):
        build = LayerBuilder(f"layer{index}", seed + index)
        outputs.append(build.apply(layer, outputs[-1] if outputs else source, outputs))
    return keras().Model(source, outputs[-1], name="network")


def normaliser(model: Any, index: int) -> Any:
    """The batch normalisation of the architecture's layer ``index``; None if it has none."""
    return next((layer for layer in model.layers if layer.name == f"layer{index}_norm"), None)


def output_of(model: Any, index: int) -> Any:
    """The symbolic output of the architecture's layer ``index``, activation included."""
    own = re.compile(rf"layer{index}(_.*)?")
    return [layer for layer in model.layers if own.fullmatch(layer.name)][-1].output


def settle_statistics(model: Any, features: NDArray[np.int8]) -> None:
    """Set the running statistics of ``model`` to those of the batch ``features``, exactly."""
    normalisers = [x for x in model.layers if isinstance(x, keras().layers.BatchNormalization)]
    for layer in normalisers:
        layer.momentum = 0.0
    model(features.astype(np.float32) * np.float32(INPUT_SCALE), training=True)
    for layer in normalisers:
        layer.momentum = BATCH_NORM_MOMENTUM


class LayerBuilder:
    """Keras layers for one layer of the architecture, named and seeded by its place.

    ``convolved`` and ``dense`` may be replaced by a network that computes them otherwise.
    """

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self._seed = seed
        self._layers = keras().layers

    def apply(self, layer: Layer, x: Any, outputs: Sequence[Any]) -> Any:
        """The tensor after ``layer``; ``outputs`` are those of the layers before it."""
        match layer:
            case Conv2D() | DepthwiseConv2D():
                return self._activated(self.convolved(layer, x), layer.activation)
            case MaxPool2D():
                return self._layers.MaxPooling2D(layer.pool, layer.stride, name=self.name)(x)
            case AveragePool2D():
                pool = layer.pool or (x.shape[1], x.shape[2])
                stride = layer.stride or pool
                return self._layers.AveragePooling2D(pool, stride, name=self.name)(x)
            case Add():
                added = self._layers.Add(name=self.name)([outputs[layer.other], x])
                return self._activated(added, layer.activation)
            case Dropout():
                return self._layers.Dropout(layer.rate, seed=self._seed, name=self.name)(x)
            case Flatten():
                flat = x.shape[1] * x.shape[2] * x.shape[3]
                return self._layers.Reshape((flat,), name=self.name)(x)
            case Dense():
                return self._activated(self.dense(layer, x), layer.activation)
            case Softmax():
                return self._layers.Softmax(name=self.name)(x)

    def convolved(self, layer: Conv2D | DepthwiseConv2D, x: Any) -> Any:
        """Convolution and batch normalisation."""
        return self.normalisation()(self.convolution(layer)(x))

    def dense(self, layer: Dense, x: Any) -> Any:
        """Dense layer without its activation."""
        initial = keras().initializers.GlorotUniform(self._seed)
        return self._layers.Dense(layer.units, kernel_initializer=initial, name=self.name)(x)

    def convolution(self, layer: Conv2D | DepthwiseConv2D) -> Any:
        """Without bias and activation; raises ValueError for depthwise strides that differ."""
        return self._conv(layer) if isinstance(layer, Conv2D) else self._depthwise(layer)

    def normalisation(self) -> Any:
        """The batch normalisation that follows it."""
        return _batch_normalization()(
            momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, name=f"{self.name}_norm"
        )

    def _conv(self, layer: Conv2D) -> Any:
        return self._layers.Conv2D(
            layer.filters,
            layer.kernel,
            layer.stride,
            layer.padding,
            use_bias=False,
            kernel_initializer=keras().initializers.HeNormal(self._seed),
            name=self.name,
        )

    def _depthwise(self, layer: DepthwiseConv2D) -> Any:
        """TensorFlow's depthwise kernels know one stride only; where a side is 1, it is free."""
        if layer.stride[0] != layer.stride[1]:
            raise ValueError(f"a depthwise convolution needs equal strides, not {layer.stride}")
        return self._layers.DepthwiseConv2D(
            layer.kernel,
            layer.stride,
            layer.padding,
            layer.multiplier,
            use_bias=False,
            depthwise_initializer=keras().initializers.HeNormal(self._seed),
            name=self.name,
        )

    def _activated(self, x: Any, activation: Activation) -> Any:
        name = f"{self.name}_{activation.value}"
        match activation:
            case Activation.NONE:
                return x
            case Activation.RELU:
                return self._layers.ReLU(name=name)(x)
            case Activation.RELU6:
                return self._layers.ReLU(max_value=6.0, name=name)(x)


@lru_cache(maxsize=1)
def _batch_normalization() -> Any:
    """Keras's batch normalisation on TensorFlow's fused kernel.

    Keras 3 composes it from a dozen small operators, which takes twice the time of a whole
    training step on a CPU.
    """
    tf = tensorflow()
    fused = tf.compat.v1.nn.fused_batch_norm

    class BatchNormalization(keras().layers.BatchNormalization):  # type: ignore[misc]
        """Over the last axis of (batch, height, width, channels)."""

        def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
            del mask
            scale, offset = self.gamma.value, self.beta.value
            mean, variance = self.moving_mean.value, self.moving_variance.value
            if not training:
                return fused(
                    inputs, scale, offset, mean, variance, self.epsilon, is_training=False
                )[0]
            outputs, batch_mean, batch_variance = fused(
                inputs, scale, offset, epsilon=self.epsilon, is_training=True
            )
            keep = self.momentum
            self.moving_mean.assign(mean * keep + batch_mean * (1 - keep))
            self.moving_variance.assign(variance * keep + batch_variance * (1 - keep))
            return outputs

    return BatchNormalization
