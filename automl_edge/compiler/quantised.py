"""Multipliers, shifts and activation ranges of an operator, as TFLM's Prepare computes them."""

from __future__ import annotations

import numpy as np

from automl_edge.compiler.fixed import clamp8, quantize_multiplier, quantize_value
from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import DType, Tensor

_BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}


def int8_activation(view: OpView, tensor: Tensor) -> Tensor:
    """``tensor``, if it is int8 with one scale and zero point; raises ModelFileError else."""
    if tensor.dtype is not DType.INT8:
        raise view.refusal(f"needs {tensor.name!r} to be int8, not {tensor.dtype}")
    if len(tensor.scales) != 1 or not -128 <= tensor.zero_point <= 127:
        raise view.refusal(f"needs {tensor.name!r} to have one scale and an int8 zero point")
    return tensor


def multiplier_of(view: OpView, real: float) -> tuple[int, int]:
    """quantize_multiplier, refusing in words what it cannot express."""
    try:
        return quantize_multiplier(real)
    except (OverflowError, ValueError) as problem:
        raise view.refusal("rescales its output too much; its scales are not sane") from problem


def fraction_multiplier(view: OpView, real: float) -> tuple[int, int]:
    """multiplier_of for operators that TFLM allows only multipliers below 1."""
    multiplier, shift = multiplier_of(view, real)
    if not 0 < real < 1 or shift > 0:
        raise view.refusal("has an output scale that is too small for those of its inputs")
    return multiplier, shift


def activation_range(view: OpView) -> tuple[int, int]:
    """Lowest and highest int8 that the fused activation lets through."""
    if view.op.activation not in _BOUNDS:
        raise view.refusal(f"has the fused activation {view.op.activation}, which we do not have")
    low, high = _BOUNDS[view.op.activation]
    return _bound(view, low, -128), _bound(view, high, 127)


def same_quantisation(view: OpView, tensor: Tensor) -> None:
    """Refuse an operator that would have to rescale ``tensor`` and does not (TFLM's rule)."""
    output = view.output
    close = abs(tensor.scale - output.scale) <= 1e-6
    if not close or tensor.zero_point != output.zero_point:
        raise view.refusal("has an output whose scale or zero point is not that of its input")


def weight_scales(view: OpView, weights: Tensor, axis: int, channels: int) -> tuple[float, ...]:
    """One scale per channel, or the only one; raises ModelFileError for any other form."""
    if not weights.scales or any(weights.zero_points):
        raise view.refusal("has weights without a scale, or with a zero point")
    if len(weights.scales) > 1 and (weights.axis != axis or len(weights.scales) != channels):
        raise view.refusal("has weights whose scales are not one for each output channel")
    return weights.scales


def int16_fields(view: OpView, **fields: int) -> dict[str, int]:
    """``fields`` if each fits the kernel's int16; raises ModelFileError else."""
    for name, value in fields.items():
        if not -(2**15) <= value < 2**15:
            raise view.refusal(f"is too large: {name.replace('_', ' ')} is {value}")
    return fields


def int32_array(values: object) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """``values`` as the C will hold them."""
    return np.asarray(values, np.int64).astype(np.int32)


def _bound(view: OpView, real: float | None, limit: int) -> int:
    if real is None:
        return limit
    try:
        return clamp8(quantize_value(real, view.output.scale, view.output.zero_point))
    except OverflowError as problem:
        raise view.refusal("has an output scale too small for its activation") from problem
