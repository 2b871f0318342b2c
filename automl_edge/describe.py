"""Reads an Architecture as the operators that the converter will make of it.

The exact twin of the compiler's reading of the converted model: batch norm folded,
activations fused, Flatten an alias, Dropout gone. Buffers are numbered in the order in
which they are produced; the input is 0.
"""

from __future__ import annotations

from automl_edge.domain.architecture import (
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
    Padding,
    Softmax,
)
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import OpWork, Workload

Shape = tuple[int, int, int]
Pair = tuple[int, int]


def describe_architecture(architecture: Architecture) -> Workload:
    """The int8 operators of ``architecture`` and the sizes of their activation buffers.

    Raises ValueError for an architecture that cannot be: a pool larger than its plane, a
    residual of another shape, a dense layer over a plane.
    """
    return _Reading(architecture).workload()


class _Reading:
    """Walks over the layers; ``buffer_of[i]`` and ``shapes[i]`` are those of layer ``i``."""

    def __init__(self, architecture: Architecture) -> None:
        height, width, channels = self._shape = architecture.input_shape
        self._buffer = 0
        self._buffers = [height * width * channels]
        self._ops: list[OpWork] = []
        self._history: list[tuple[int, Shape]] = []
        for layer in architecture.layers:
            self._read(layer)
            self._history.append((self._buffer, self._shape))

    def workload(self) -> Workload:
        return Workload(tuple(self._ops), tuple(self._buffers), input=0, output=self._buffer)

    def _read(self, layer: Layer) -> None:
        match layer:
            case Conv2D():
                self._conv(layer)
            case DepthwiseConv2D():
                self._depthwise(layer)
            case MaxPool2D():
                self._pool(OpKind.MAX_POOL_2D, layer.pool, layer.stride)
            case AveragePool2D():
                pool = layer.pool or self._shape[:2]
                self._pool(OpKind.AVERAGE_POOL_2D, pool, layer.stride or pool)
            case Add():
                self._add(layer)
            case Flatten():
                height, width, channels = self._shape
                self._shape = (1, 1, height * width * channels)
            case Dense():
                self._dense(layer)
            case Softmax():
                self._emit(OpKind.SOFTMAX, self._shape)
            case Dropout():
                return

    def _emit(
        self,
        kind: OpKind,
        out: Shape,
        kernel: Pair = (1, 1),
        stride: Pair = (1, 1),
        weights: int = 0,
        channels: int = 0,
        macs: int = 0,
    ) -> None:
        """One operator that reads the last buffer and writes a new one."""
        op = OpWork(
            kind,
            (self._buffer,),
            len(self._buffers),
            self._shape,
            out,
            kernel,
            stride,
            weights,
            channels,
            macs,
        )
        self._append(op)

    def _append(self, op: OpWork) -> None:
        self._ops.append(op)
        height, width, channels = self._shape = op.out_shape
        self._buffer = op.output
        self._buffers.append(height * width * channels)

    def _conv(self, layer: Conv2D) -> None:
        height, width = _plane(self._shape, layer.kernel, layer.stride, layer.padding)
        weights = layer.filters * layer.kernel[0] * layer.kernel[1] * self._shape[2]
        self._emit(
            OpKind.CONV_2D,
            (height, width, layer.filters),
            layer.kernel,
            layer.stride,
            weights,
            layer.filters,
            height * width * weights,
        )

    def _depthwise(self, layer: DepthwiseConv2D) -> None:
        height, width = _plane(self._shape, layer.kernel, layer.stride, layer.padding)
        channels = self._shape[2] * layer.multiplier
        weights = layer.kernel[0] * layer.kernel[1] * channels
        self._emit(
            OpKind.DEPTHWISE_CONV_2D,
            (height, width, channels),
            layer.kernel,
            layer.stride,
            weights,
            channels,
            height * width * weights,
        )

    def _pool(self, kind: OpKind, pool: Pair, stride: Pair) -> None:
        height, width = _plane(self._shape, pool, stride, "valid")
        self._emit(kind, (height, width, self._shape[2]), pool, stride)

    def _add(self, layer: Add) -> None:
        other, shape = self._history[layer.other]
        if shape != self._shape:
            raise ValueError(f"a residual adds {shape} to {self._shape}")
        op = OpWork(OpKind.ADD, (other, self._buffer), len(self._buffers), shape, shape)
        self._append(op)

    def _dense(self, layer: Dense) -> None:
        height, width, inputs = self._shape
        if (height, width) != (1, 1):
            raise ValueError(f"a dense layer reads the plane {self._shape}; flatten it first")
        weights = inputs * layer.units
        self._emit(
            OpKind.FULLY_CONNECTED,
            (1, 1, layer.units),
            weights=weights,
            channels=layer.units,
            macs=weights,
        )


def _plane(shape: Shape, kernel: Pair, stride: Pair, padding: Padding) -> Pair:
    """Output rows and columns of a window over ``shape``; raises ValueError if there are none."""
    if padding == "same":
        return -(-shape[0] // stride[0]), -(-shape[1] // stride[1])
    rows = (shape[0] - kernel[0]) // stride[0] + 1
    columns = (shape[1] - kernel[1]) // stride[1] + 1
    if rows < 1 or columns < 1:
        raise ValueError(f"a {kernel} window does not fit into {shape}")
    return rows, columns
