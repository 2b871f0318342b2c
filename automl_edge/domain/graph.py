"""The int8 model as read from a ``.tflite``: tensors, scales, operators. No TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class OpKind(StrEnum):
    """Operators that the compiler knows, named as in the TFLite schema."""

    CONV_2D = "CONV_2D"
    DEPTHWISE_CONV_2D = "DEPTHWISE_CONV_2D"
    FULLY_CONNECTED = "FULLY_CONNECTED"
    AVERAGE_POOL_2D = "AVERAGE_POOL_2D"
    MAX_POOL_2D = "MAX_POOL_2D"
    MEAN = "MEAN"
    ADD = "ADD"
    MUL = "MUL"
    PAD = "PAD"
    RESHAPE = "RESHAPE"
    SOFTMAX = "SOFTMAX"
    LOGISTIC = "LOGISTIC"
    HARD_SWISH = "HARD_SWISH"
    RELU = "RELU"
    RELU6 = "RELU6"
    CONCATENATION = "CONCATENATION"
    QUANTIZE = "QUANTIZE"
    DEQUANTIZE = "DEQUANTIZE"


class DType(StrEnum):
    """Element types of tensors."""

    INT8 = "int8"
    UINT8 = "uint8"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    BOOL = "bool"

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return np.dtype(self.value).itemsize


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: ``data`` is None for activations, an array of ``shape`` for constants.

    ``scales`` and ``zero_points`` are empty (not quantised), of length 1 (per tensor) or
    of length ``shape[axis]`` (per channel).
    """

    name: str
    shape: tuple[int, ...]
    dtype: DType
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    axis: int = 0
    data: NDArray[np.generic] | None = field(default=None, compare=False)

    @property
    def elements(self) -> int:
        """Number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def nbytes(self) -> int:
        """Size in bytes."""
        return self.elements * self.dtype.itemsize

    @property
    def scale(self) -> float:
        """The scale of a per-tensor quantised tensor."""
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """The zero point of a per-tensor quantised tensor."""
        return self.zero_points[0]


@dataclass(frozen=True, slots=True)
class Op:
    """One operator: indices into the graph's tensors, and its options.

    ``inputs`` may hold -1 for an optional input that is absent (a bias). Options that an
    operator does not have keep their defaults; ``activation`` is the TFLite name
    (NONE, RELU, RELU6, RELU_N1_TO_1).
    """

    kind: OpKind
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    padding: str = "VALID"
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pool: tuple[int, int] = (1, 1)
    multiplier: int = 1
    activation: str = "NONE"
    axis: int = 0
    beta: float = 1.0


@dataclass(frozen=True, slots=True)
class Graph:
    """Tensors, operators in execution order, and which tensors go in and out."""

    tensors: tuple[Tensor, ...]
    ops: tuple[Op, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    name: str = "model"
