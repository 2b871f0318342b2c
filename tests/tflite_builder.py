"""Small ``.tflite`` files made by hand, for tests: no TensorFlow, a millisecond each.

Use::

    net = TfliteBuilder()
    image = net.input((1, 8, 8, 3), scale=0.02, zero_point=-3)
    weights = net.constant(array_int8, scales=[...], axis=0)
    hidden = net.activation((1, 8, 8, 16), scale=0.05, zero_point=-128)
    net.conv_2d(image, weights, bias, hidden, padding="SAME", activation="RELU")
    model = net.finish(hidden)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_TYPES = {
    "int8": schema.TensorType.INT8,
    "uint8": schema.TensorType.UINT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "float32": schema.TensorType.FLOAT32,
}


class TfliteBuilder:
    """Tensors and operators in order; methods return tensor indices."""

    def __init__(self) -> None:
        self.subgraph = schema.SubGraphT()
        self.subgraph.tensors, self.subgraph.operators = [], []
        self.subgraph.name = b"main"
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.description = b"made by a test"
        self.model.buffers = [schema.BufferT()]
        self.model.operatorCodes = []
        self.model.subgraphs = [self.subgraph]
        self._codes: dict[int, int] = {}
        self._inputs: list[int] = []

    def activation(
        self,
        shape: Sequence[int],
        scale: float | None = 0.05,
        zero_point: int = 0,
        dtype: str = "int8",
    ) -> int:
        """A tensor that is computed; ``scale`` None for one that is not quantised."""
        scales = None if scale is None else [scale]
        return self._tensor(tuple(shape), dtype, scales, [zero_point], 0, 0)

    def input(
        self,
        shape: Sequence[int],
        scale: float | None = 0.05,
        zero_point: int = 0,
        dtype: str = "int8",
    ) -> int:
        """The model's input."""
        tensor = self.activation(shape, scale, zero_point, dtype)
        self._inputs.append(tensor)
        return tensor

    def constant(
        self,
        values: np.ndarray[Any, Any],
        scales: Sequence[float] | None = None,
        axis: int = 0,
        zero_point: int = 0,
    ) -> int:
        """A tensor that lies in the file."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        zeros = [zero_point] * len(scales or [])
        place = len(self.model.buffers) - 1
        return self._tensor(values.shape, values.dtype.name, scales, zeros, axis, place)

    def _tensor(
        self,
        shape: tuple[int, ...],
        dtype: str,
        scales: Sequence[float] | None,
        zeros: Sequence[int],
        axis: int,
        buffer: int,
    ) -> int:
        tensor = schema.TensorT()
        tensor.shape = np.array(shape, np.int32)
        tensor.type = _TYPES[dtype]
        tensor.buffer = buffer
        tensor.name = f"tensor_{len(self.subgraph.tensors)}".encode()
        if scales is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = np.array(scales, np.float32)
            tensor.quantization.zeroPoint = np.array(zeros, np.int64)
            tensor.quantization.quantizedDimension = axis
        self.subgraph.tensors.append(tensor)
        return len(self.subgraph.tensors) - 1

    def operator(
        self, name: str, inputs: Sequence[int], output: int, options: tuple[str, Any] | None = None
    ) -> int:
        """Any operator; ``options`` is the name of its union member and the object."""
        code = getattr(schema.BuiltinOperator, name)
        if code not in self._codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode = code
            entry.deprecatedBuiltinCode = min(code, 127)
            entry.version = 1
            self.model.operatorCodes.append(entry)
            self._codes[code] = len(self.model.operatorCodes) - 1
        operator = schema.OperatorT()
        operator.opcodeIndex = self._codes[code]
        operator.inputs = np.array(inputs, np.int32)
        operator.outputs = np.array([output], np.int32)
        if options is not None:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, options[0])
            operator.builtinOptions = options[1]
        self.subgraph.operators.append(operator)
        return output

    def conv_2d(
        self,
        source: int,
        weights: int,
        bias: int,
        output: int,
        padding: str = "SAME",
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        activation: str = "NONE",
    ) -> int:
        """CONV_2D; ``bias`` -1 for none."""
        options = schema.Conv2DOptionsT()
        _window(options, padding, stride, activation)
        options.dilationHFactor, options.dilationWFactor = dilation
        inputs = [source, weights] + ([bias] if bias >= 0 else [])
        return self.operator("CONV_2D", inputs, output, ("Conv2DOptions", options))

    def depthwise_conv_2d(
        self,
        source: int,
        weights: int,
        bias: int,
        output: int,
        padding: str = "SAME",
        stride: tuple[int, int] = (1, 1),
        dilation: tuple[int, int] = (1, 1),
        activation: str = "NONE",
        multiplier: int = 1,
    ) -> int:
        """DEPTHWISE_CONV_2D; ``bias`` -1 for none."""
        options = schema.DepthwiseConv2DOptionsT()
        _window(options, padding, stride, activation)
        options.dilationHFactor, options.dilationWFactor = dilation
        options.depthMultiplier = multiplier
        inputs = [source, weights] + ([bias] if bias >= 0 else [])
        return self.operator(
            "DEPTHWISE_CONV_2D", inputs, output, ("DepthwiseConv2DOptions", options)
        )

    def pool(
        self,
        name: str,
        source: int,
        output: int,
        pool: tuple[int, int],
        padding: str = "VALID",
        stride: tuple[int, int] = (1, 1),
        activation: str = "NONE",
    ) -> int:
        """AVERAGE_POOL_2D or MAX_POOL_2D."""
        options = schema.Pool2DOptionsT()
        _window(options, padding, stride, activation)
        options.filterHeight, options.filterWidth = pool
        return self.operator(name, [source], output, ("Pool2DOptions", options))

    def fully_connected(
        self, source: int, weights: int, bias: int, output: int, activation: str = "NONE"
    ) -> int:
        """FULLY_CONNECTED; ``bias`` -1 for none."""
        options = schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = getattr(schema.ActivationFunctionType, activation)
        return self.operator(
            "FULLY_CONNECTED", [source, weights, bias], output, ("FullyConnectedOptions", options)
        )

    def binary(self, name: str, a: int, b: int, output: int, activation: str = "NONE") -> int:
        """ADD or MUL."""
        options = schema.AddOptionsT() if name == "ADD" else schema.MulOptionsT()
        options.fusedActivationFunction = getattr(schema.ActivationFunctionType, activation)
        union = "AddOptions" if name == "ADD" else "MulOptions"
        return self.operator(name, [a, b], output, (union, options))

    def unary(self, name: str, source: int, output: int) -> int:
        """An operator of one input and no options that matter."""
        return self.operator(name, [source], output)

    def reshape(self, source: int, output: int) -> int:
        """RESHAPE to the output's shape."""
        shape = self.constant(np.array(self.subgraph.tensors[output].shape, np.int32))
        return self.operator("RESHAPE", [source, shape], output)

    def mean(self, source: int, axes: Sequence[int], output: int, keep_dims: bool = False) -> int:
        """MEAN over ``axes``."""
        options = schema.ReducerOptionsT()
        options.keepDims = keep_dims
        indices = self.constant(np.array(axes, np.int32))
        return self.operator("MEAN", [source, indices], output, ("ReducerOptions", options))

    def pad(self, source: int, widths: Sequence[tuple[int, int]], output: int) -> int:
        """PAD with (before, after) of each dimension."""
        return self.operator("PAD", [source, self.constant(np.array(widths, np.int32))], output)

    def softmax(self, source: int, output: int, beta: float = 1.0) -> int:
        """SOFTMAX over the last dimension."""
        options = schema.SoftmaxOptionsT()
        options.beta = beta
        return self.operator("SOFTMAX", [source], output, ("SoftmaxOptions", options))

    def concatenation(self, sources: Sequence[int], axis: int, output: int) -> int:
        """CONCATENATION along ``axis``."""
        options = schema.ConcatenationOptionsT()
        options.axis = axis
        return self.operator("CONCATENATION", sources, output, ("ConcatenationOptions", options))

    def finish(self, output: int) -> bytes:
        """The file."""
        self.subgraph.inputs = np.array(self._inputs, np.int32)
        self.subgraph.outputs = np.array([output], np.int32)
        packer = flatbuffers.Builder(4096)
        packer.Finish(self.model.Pack(packer), b"TFL3")
        return bytes(packer.Output())


def _window(options: Any, padding: str, stride: tuple[int, int], activation: str) -> None:
    options.padding = getattr(schema.Padding, padding)
    options.strideH, options.strideW = stride
    options.fusedActivationFunction = getattr(schema.ActivationFunctionType, activation)
