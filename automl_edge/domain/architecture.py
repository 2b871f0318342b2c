"""A network described layer by layer, without a framework.

Read twice: by ``cost`` (what would it need on the chip?) and by the Keras builder in
``training`` (train it). Layer ``i`` reads layer ``i - 1`` unless it says otherwise;
activations are NHWC with batch 1. Convolutions carry batch normalisation and an
activation, which the converter folds into one int8 operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Activation(StrEnum):
    """Activations that fuse into the int8 operator before them."""

    NONE = "none"
    RELU = "relu"
    RELU6 = "relu6"


Padding = Literal["same", "valid"]


@dataclass(frozen=True, slots=True)
class Conv2D:
    """Convolution without bias, batch norm, activation; becomes one CONV_2D."""

    filters: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = "same"
    activation: Activation = Activation.RELU


@dataclass(frozen=True, slots=True)
class DepthwiseConv2D:
    """Depthwise convolution, batch norm, activation; becomes one DEPTHWISE_CONV_2D."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    multiplier: int = 1
    padding: Padding = "same"
    activation: Activation = Activation.RELU


@dataclass(frozen=True, slots=True)
class MaxPool2D:
    """MAX_POOL_2D, valid padding."""

    pool: tuple[int, int]
    stride: tuple[int, int]


@dataclass(frozen=True, slots=True)
class AveragePool2D:
    """AVERAGE_POOL_2D, valid padding. ``pool=None`` averages the whole plane to 1x1."""

    pool: tuple[int, int] | None = None
    stride: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Residual: adds the output of layer ``other`` (an index) to that of the previous layer."""

    other: int
    activation: Activation = Activation.NONE


@dataclass(frozen=True, slots=True)
class Dropout:
    """Only while training; costs nothing on the chip."""

    rate: float


@dataclass(frozen=True, slots=True)
class Flatten:
    """RESHAPE to (1, n): free on the chip."""


@dataclass(frozen=True, slots=True)
class Dense:
    """FULLY_CONNECTED with bias and activation; the input must be flat."""

    units: int
    activation: Activation = Activation.NONE


@dataclass(frozen=True, slots=True)
class Softmax:
    """SOFTMAX over the classes; always the last layer."""


Layer = (
    Conv2D | DepthwiseConv2D | MaxPool2D | AveragePool2D | Add | Dropout | Flatten | Dense | Softmax
)


@dataclass(frozen=True, slots=True)
class Architecture:
    """Layers in order, and the shape (height, width, channels) of the input."""

    input_shape: tuple[int, int, int]
    layers: tuple[Layer, ...]
