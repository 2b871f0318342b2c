"""Reads an Architecture as the operators that the converter will make of it.

The exact twin of the compiler's reading of the converted model: batch norm folded,
activations fused, Flatten an alias, Dropout gone. Buffers are numbered in the order in
which they are produced; the input is 0.
"""

from __future__ import annotations

from functools import lru_cache

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
from automl_edge.domain.workload import REMEMBERED, OpWork, Workload

Shape = tuple[int, int, int]
Pair = tuple[int, int]


def describe_architecture(architecture: Architecture) -> Workload:
    """The int8 operators of ``architecture`` and the sizes of their activation buffers.

    Raises ValueError for an architecture that cannot be: a pool larger than its plane, a
    residual of another shape, a dense layer over a plane.
    """
    return _Reading(architecture).workload()


class _Reading:
    """Walks over the layers; ``history[i]`` are the buffer and the shape that layer ``i`` gives."""

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
        if isinstance(layer, Dropout):
            return
        if isinstance(layer, Flatten):
            height, width, channels = self._shape
            self._shape = (1, 1, height * width * channels)
            return
        inputs: tuple[int, ...] = (self._buffer,)
        if isinstance(layer, Add):
            other, shape = self._history[layer.other]
            if shape != self._shape:
                raise ValueError(f"a residual adds {shape} to {self._shape}")
            inputs = (other, self._buffer)
        op = _operator(layer, inputs, len(self._buffers), self._shape)
        self._ops.append(op)
        height, width, channels = self._shape = op.out_shape
        self._buffer = op.output
        self._buffers.append(height * width * channels)


@lru_cache(maxsize=REMEMBERED)
def _operator(layer: Layer, inputs: tuple[int, ...], output: int, shape: Shape) -> OpWork:
    """What ``layer`` makes of buffers ``inputs`` of ``shape``; candidates share many layers."""
    match layer:
        case Conv2D():
            return _conv(layer, inputs, output, shape)
        case DepthwiseConv2D():
            return _depthwise(layer, inputs, output, shape)
        case MaxPool2D():
            out = (*_plane(shape, layer.pool, layer.stride, "valid"), shape[2])
            return OpWork(OpKind.MAX_POOL_2D, inputs, output, shape, out, layer.pool, layer.stride)
        case AveragePool2D():
            pool = layer.pool or shape[:2]
            stride = layer.stride or pool
            out = (*_plane(shape, pool, stride, "valid"), shape[2])
            return OpWork(OpKind.AVERAGE_POOL_2D, inputs, output, shape, out, pool, stride)
        case Dense():
            return _dense(layer, inputs, output, shape)
        case Add():
            return OpWork(OpKind.ADD, inputs, output, shape, shape)
        case Softmax():
            return OpWork(OpKind.SOFTMAX, inputs, output, shape, shape)
    raise TypeError(f"{layer} is no operator")


def _conv(layer: Conv2D, inputs: tuple[int, ...], output: int, shape: Shape) -> OpWork:
    height, width = _plane(shape, layer.kernel, layer.stride, layer.padding)
    weights = layer.filters * layer.kernel[0] * layer.kernel[1] * shape[2]
    return OpWork(
        OpKind.CONV_2D,
        inputs,
        output,
        shape,
        (height, width, layer.filters),
        layer.kernel,
        layer.stride,
        weights,
        layer.filters,
        height * width * weights,
    )


def _depthwise(
    layer: DepthwiseConv2D, inputs: tuple[int, ...], output: int, shape: Shape
) -> OpWork:
    height, width = _plane(shape, layer.kernel, layer.stride, layer.padding)
    channels = shape[2] * layer.multiplier
    weights = layer.kernel[0] * layer.kernel[1] * channels
    return OpWork(
        OpKind.DEPTHWISE_CONV_2D,
        inputs,
        output,
        shape,
        (height, width, channels),
        layer.kernel,
        layer.stride,
        weights,
        channels,
        height * width * weights,
    )


def _dense(layer: Dense, inputs: tuple[int, ...], output: int, shape: Shape) -> OpWork:
    if shape[:2] != (1, 1):
        raise ValueError(f"a dense layer reads the plane {shape}; flatten it first")
    weights = shape[2] * layer.units
    return OpWork(
        OpKind.FULLY_CONNECTED,
        inputs,
        output,
        shape,
        (1, 1, layer.units),
        weight_bytes=weights,
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
