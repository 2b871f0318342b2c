"""Between a model's own input or output and the int8 of the C: what TFLM's edge operators do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.fixed import clamp8, quantize_multiplier, scale
from automl_edge.domain.graph import DType, Tensor
from automl_edge.errors import ModelFileError


def to_int8(values: NDArray[np.generic], source: Tensor, target: Tensor) -> NDArray[np.int8]:
    """``values`` of tensor ``source`` (float32, uint8 or int8) as those of int8 ``target``.

    Values of any shape keep it. Raises ModelFileError for types that have no int8 form.
    """
    if source.dtype is DType.INT8:
        return values.astype(np.int8)
    _need_one_scale(target)
    if source.dtype is DType.FLOAT32:
        steps = _round(values.astype(np.float32) / np.float32(target.scale))
        return np.clip(steps + target.zero_point, -128, 127).astype(np.int8)
    if source.dtype is DType.UINT8:
        _need_one_scale(source)
        table = [clamp8(level) for level in _levels(source, target, range(256))]
        return np.array(table, np.int8)[values.astype(np.uint8)]
    raise ModelFileError(f"tensor {source.name!r} is {source.dtype}, which has no int8 form")


def from_int8(values: NDArray[np.int8], source: Tensor, target: Tensor) -> NDArray[np.generic]:
    """``values`` of int8 ``source`` as those of ``target`` (float32, uint8 or int8)."""
    if target.dtype is DType.INT8:
        return values
    _need_one_scale(source)
    if target.dtype is DType.FLOAT32:
        centred = values.astype(np.int32) - source.zero_point
        return (centred * float(source.scale)).astype(np.float32)
    if target.dtype is DType.UINT8:
        _need_one_scale(target)
        levels = _levels(source, target, range(-128, 128))
        table = np.array([max(0, min(255, level)) for level in levels], np.uint8)
        return table[values.astype(np.int64) + 128]
    raise ModelFileError(f"tensor {target.name!r} is {target.dtype}, which int8 cannot become")


def _levels(source: Tensor, target: Tensor, levels: range) -> list[int]:
    """Each level of ``source`` on the axis of ``target``, unclamped."""
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    return [
        scale(level - source.zero_point, multiplier, shift) + target.zero_point for level in levels
    ]


def _round(values: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = values.astype(np.float64)
    return np.copysign(np.floor(np.abs(wide) + 0.5), wide)


def _need_one_scale(tensor: Tensor) -> None:
    if len(tensor.scales) != 1:
        raise ModelFileError(f"tensor {tensor.name!r} has no scale and zero point of its own")
