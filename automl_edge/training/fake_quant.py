"""A network that rounds while it is trained, as its int8 model will round.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-
Only Inference" (2018), section 3. Batch normalisation is folded with its statistics frozen;
weights are rounded by output channel, activations by ranges that follow the batches. Gradients
pass the rounding as if it were not there. Weights are those of ``keras_model``, in its order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.architecture import (
    Add,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Softmax,
)
from automl_edge.domain.features import INPUT_SCALE
from automl_edge.training._tensorflow import keras, tensorflow
from automl_edge.training.calibrate import Range
from automl_edge.training.keras_builder import INPUT_NAME, LayerBuilder
from automl_edge.training.stepper import Weights

RANGE_MOMENTUM = 0.99
"""A range follows the last hundred batches or so."""

SETTLING_MOMENTUM = 0.9
SETTLING_BATCH = 16
LEAST_WEIGHT = 1e-9
"""Keeps the scale of a channel without weights above 0."""

_ROUNDED = (Conv2D, DepthwiseConv2D, Dense, Add)
"""Layers with an output scale of their own; pools and reshapes keep that of their input."""


class RoundingNetwork:
    """The Keras model of ``architecture`` with ``weights`` that rounds, and what it learns."""

    def __init__(self, architecture: Architecture, weights: Weights, seed: int) -> None:
        source = keras().layers.Input(architecture.input_shape, name=INPUT_NAME)
        outputs: list[Any] = []
        self._grids: list[Any] = []
        """The range of each layer's output; None where it is the network's input's."""
        for index, layer in enumerate(architecture.layers):
            build = _RoundingBuilder(f"layer{index}", seed + index)
            x = build.apply(layer, outputs[-1] if outputs else source, outputs)
            grid = self._grids[-1] if self._grids else None
            if isinstance(layer, _ROUNDED):
                grid = _grid()(name=f"layer{index}_grid")
                x = grid(x)
            elif isinstance(layer, AveragePool2D) and grid is not None:
                x = grid(x, follow=False)
            outputs.append(x)
            self._grids.append(None if isinstance(layer, Softmax) else grid)
        self.model = keras().Model(source, outputs[-1], name="rounding")
        for variable, value in zip(self._variables(), weights, strict=True):
            variable.assign(value)

    @property
    def weights(self) -> Weights:
        """The model's present weights, as those of ``keras_model``."""
        return tuple(variable.numpy() for variable in self._variables())

    @property
    def ranges(self) -> tuple[Range | None, ...]:
        """The range of each layer's output; None where the converter knows it."""
        return tuple(None if grid is None else grid.range for grid in self._grids)

    def settle(self, features: NDArray[np.int8]) -> None:
        """Set the ranges to those over ``features`` (n, *input shape)."""
        grids = {grid for grid in self._grids if grid is not None}
        values = features.astype(np.float32) * np.float32(INPUT_SCALE)
        for start in range(0, len(values), SETTLING_BATCH):
            for grid in grids:
                grid.momentum = SETTLING_MOMENTUM if start else 0.0
            self.model(values[start : start + SETTLING_BATCH], training=True)
        for grid in grids:
            grid.momentum = RANGE_MOMENTUM

    def _variables(self) -> list[Any]:
        layers = (x for x in self.model.layers if not isinstance(x, _grid()))
        return [variable for layer in layers for variable in layer.weights]


class _RoundingBuilder(LayerBuilder):
    """The builder's layers, those with weights wrapped so that they round."""

    def convolved(self, layer: Conv2D | DepthwiseConv2D, x: Any) -> Any:
        """Convolution and batch normalisation as one."""
        convolution = self.convolution(layer)
        folded = _folded()(convolution, self.normalisation(), name=f"{self.name}_folded")
        return folded(x)

    def dense(self, layer: Dense, x: Any) -> Any:
        """Dense layer with rounded weights."""
        return _rounded_dense()(layer.units, name=self.name)(x)


def rounded_weights(kernel: Any) -> Any:
    """``kernel`` (..., outputs) on 255 symmetric steps an output, gradients as if it were not."""
    tf = tensorflow()
    axes = list(range(kernel.shape.ndims - 1))
    most = tf.maximum(tf.reduce_max(tf.abs(kernel), axes), LEAST_WEIGHT)
    most = tf.stop_gradient(most)
    return tf.quantization.fake_quant_with_min_max_vars_per_channel(
        kernel, -most, most, narrow_range=True
    )


def rounded_activations(values: Any) -> Any:
    """``values`` on 256 steps over their own range, in which 0 lies."""
    tf = tensorflow()
    low, high = _range_of(values)
    return tf.quantization.fake_quant_with_min_max_vars(values, low, high)


def _range_of(values: Any) -> tuple[Any, Any]:
    tf = tensorflow()
    low = tf.minimum(tf.reduce_min(values), 0.0)
    return low, tf.maximum(tf.reduce_max(values), LEAST_WEIGHT)


@lru_cache(maxsize=1)
def _folded() -> Any:
    tf = tensorflow()

    class FoldedConvolution(keras().layers.Layer):  # type: ignore[misc]
        """A convolution and the batch normalisation after it as one with rounded weights."""

        def __init__(self, convolution: Any, normalise: Any, name: str) -> None:
            super().__init__(name=name)
            self.convolution = convolution
            self.normalise = normalise

        def build(self, shape: Any) -> None:
            self.convolution.build(shape)
            self.normalise.build(self.convolution.compute_output_shape(shape))

        def call(self, inputs: Any) -> Any:
            norm, plain = self.normalise, self.convolution
            factor = norm.gamma * tf.math.rsqrt(norm.moving_variance + norm.epsilon)
            kernel = tf.convert_to_tensor(plain.kernel)
            depthwise = isinstance(plain, keras().layers.DepthwiseConv2D)
            by_output = (-1, factor.shape[0])  # a depthwise kernel has them on two axes
            rounded = rounded_weights(tf.reshape(kernel, by_output) * factor)
            convolve = tf.nn.depthwise_conv2d if depthwise else tf.nn.conv2d
            found = convolve(
                inputs,
                tf.reshape(rounded, kernel.shape),
                (1, *plain.strides, 1),
                plain.padding.upper(),
            )
            return found + (norm.beta - norm.moving_mean * factor)

    return FoldedConvolution


@lru_cache(maxsize=1)
def _rounded_dense() -> Any:
    tf = tensorflow()

    class RoundedDense(keras().layers.Dense):  # type: ignore[misc]
        """A dense layer with rounded weights."""

        def call(self, inputs: Any) -> Any:
            return tf.matmul(inputs, rounded_weights(tf.convert_to_tensor(self.kernel))) + self.bias

    return RoundedDense


@lru_cache(maxsize=1)
def _grid() -> Any:
    tf = tensorflow()

    class Grid(keras().layers.Layer):  # type: ignore[misc]
        """Rounds activations to 256 steps over a range that follows the batches."""

        momentum = RANGE_MOMENTUM

        def build(self, shape: Any) -> None:
            del shape
            self.low = self.add_weight(shape=(), initializer="zeros", trainable=False, name="low")
            self.high = self.add_weight(shape=(), initializer="ones", trainable=False, name="high")

        def call(self, inputs: Any, training: bool = False, follow: bool = True) -> Any:
            if training and follow:
                low, high = _range_of(inputs)
                self._follow(self.low, low)
                self._follow(self.high, high)
            return tf.quantization.fake_quant_with_min_max_vars(
                inputs, self.low.value, self.high.value
            )

        def _follow(self, end: Any, found: Any) -> None:
            end.assign(end.value * self.momentum + found * (1 - self.momentum))

        @property
        def range(self) -> Range:
            """The present range."""
            return Range(float(self.low.numpy()), float(self.high.numpy()))

    return Grid
