"""An operator's builtin options, from the schema's classes to the fields of an Op."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ai_edge_litert import schema_py_generated as schema

from automl_edge.domain.graph import Op, OpKind
from automl_edge.errors import ModelFileError

_PADDINGS = {schema.Padding.SAME: "SAME", schema.Padding.VALID: "VALID"}
_ACTIVATIONS = {
    code: name for name, code in vars(schema.ActivationFunctionType).items() if name.isupper()
}
_MAX_STEP = 2**15 - 1


def operator(
    kind: OpKind, inputs: tuple[int, ...], outputs: tuple[int, ...], options: Any, layer: int
) -> Op:
    """The Op with ``options`` as the schema's class for ``kind`` has them.

    Raises ModelFileError where options are missing, of another operator, or out of range.
    """
    expected, read = _READERS.get(kind, (None, _no_options))
    if expected is not None and not isinstance(options, expected):
        raise ModelFileError(
            f"layer {layer}, {kind}, has no options of its kind",
            "Is the file complete? Export or download it again.",
        )
    try:
        fields = read(options)
    except (KeyError, ValueError) as problem:
        raise ModelFileError(f"layer {layer}, {kind}, has options out of range") from problem
    return Op(kind=kind, inputs=inputs, outputs=outputs, **fields)


def _no_options(options: Any) -> dict[str, Any]:
    del options
    return {}


def _conv_2d(options: Any) -> dict[str, Any]:
    return {
        "padding": _PADDINGS[options.padding],
        "stride": _steps(options.strideH, options.strideW),
        "dilation": _steps(options.dilationHFactor, options.dilationWFactor),
        "activation": _ACTIVATIONS[options.fusedActivationFunction],
    }


def _depthwise_conv_2d(options: Any) -> dict[str, Any]:
    return {**_conv_2d(options), "multiplier": _steps(options.depthMultiplier, 1)[0]}


def _pool_2d(options: Any) -> dict[str, Any]:
    return {
        "padding": _PADDINGS[options.padding],
        "stride": _steps(options.strideH, options.strideW),
        "pool": _steps(options.filterHeight, options.filterWidth),
        "activation": _ACTIVATIONS[options.fusedActivationFunction],
    }


def _fully_connected(options: Any) -> dict[str, Any]:
    if options.weightsFormat != schema.FullyConnectedOptionsWeightsFormat.DEFAULT:
        raise ValueError("shuffled weights")
    return {"activation": _ACTIVATIONS[options.fusedActivationFunction]}


def _activation(options: Any) -> dict[str, Any]:
    return {"activation": _ACTIVATIONS[options.fusedActivationFunction]}


def _concatenation(options: Any) -> dict[str, Any]:
    return {**_activation(options), "axis": int(options.axis)}


def _softmax(options: Any) -> dict[str, Any]:
    beta = float(options.beta)
    if not (math.isfinite(beta) and beta > 0):
        raise ValueError("beta")
    return {"beta": beta}


def _steps(vertical: int, horizontal: int) -> tuple[int, int]:
    if not (0 < vertical <= _MAX_STEP and 0 < horizontal <= _MAX_STEP):
        raise ValueError("a stride, dilation or window that is not positive")
    return int(vertical), int(horizontal)


_READERS: dict[OpKind, tuple[Any, Callable[[Any], dict[str, Any]]]] = {
    OpKind.CONV_2D: (schema.Conv2DOptionsT, _conv_2d),
    OpKind.DEPTHWISE_CONV_2D: (schema.DepthwiseConv2DOptionsT, _depthwise_conv_2d),
    OpKind.FULLY_CONNECTED: (schema.FullyConnectedOptionsT, _fully_connected),
    OpKind.AVERAGE_POOL_2D: (schema.Pool2DOptionsT, _pool_2d),
    OpKind.MAX_POOL_2D: (schema.Pool2DOptionsT, _pool_2d),
    OpKind.MEAN: (schema.ReducerOptionsT, _no_options),
    OpKind.ADD: (schema.AddOptionsT, _activation),
    OpKind.MUL: (schema.MulOptionsT, _activation),
    OpKind.SOFTMAX: (schema.SoftmaxOptionsT, _softmax),
    OpKind.CONCATENATION: (schema.ConcatenationOptionsT, _concatenation),
}
