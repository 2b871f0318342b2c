"""Functions of one int8 as tables of 256 bytes: every result is computed here, once.

The arithmetic is TFLM's (gemmlowp's fixed point), so that the table holds exactly the bytes
that TFLM would compute at run time.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from automl_edge.compiler.fixed import (
    INT32_MAX,
    clamp8,
    divide_by_power,
    input_radius,
    multiply_high,
    product32,
    quantize_multiplier,
    quantize_value,
    ratio32,
    scale,
)
from automl_edge.compiler.view import OpView
from automl_edge.domain.graph import OpKind, Tensor

Function = Callable[[int], int]
_INT8 = range(-128, 128)


def lookup_table(view: OpView) -> NDArray[np.int8]:
    """The int8 results for inputs -128 to 127 of an operator in LOOKUPS.

    Raises ModelFileError for scales that TFLM would refuse too.
    """
    source, output = view.input(0), view.output
    if len(source.scales) != 1 or len(output.scales) != 1:
        raise view.refusal("needs one scale and zero point for its input and for its output")
    try:
        function = LOOKUPS[view.op.kind](source, output)
        return np.array([clamp8(function(x)) for x in _INT8], np.int8)
    except (OverflowError, ValueError) as problem:
        raise view.refusal(f"cannot be computed in int8: {problem}") from problem


def _quantize(source: Tensor, output: Tensor) -> Function:
    multiplier, shift = quantize_multiplier(source.scale / output.scale)
    return lambda x: scale(x - source.zero_point, multiplier, shift) + output.zero_point


def _relu(source: Tensor, output: Tensor) -> Function:
    rescale = _quantize(source, output)
    return lambda x: max(rescale(x), output.zero_point)


def _relu6(source: Tensor, output: Tensor) -> Function:
    """TFLM clamps the input's own levels and does not rescale."""
    del output
    six = clamp8(quantize_value(6.0, source.scale, source.zero_point))
    return lambda x: min(max(x, source.zero_point), six)


def _logistic(source: Tensor, output: Tensor) -> Function:
    if output.zero_point != -128:
        raise ValueError(f"its output's zero point is {output.zero_point} and must be -128")
    multiplier, shift = quantize_multiplier(source.scale * 2**27)
    if shift < 0:
        raise ValueError("its input's scale is too small")
    radius = input_radius(4, shift)

    def function(x: int) -> int:
        centred = x - source.zero_point
        if abs(centred) >= radius:
            return 127 if centred >= radius else -128
        return divide_by_power(_logistic_q31(scale(centred, multiplier, shift)), 23) - 128

    return function


def _logistic_q31(x: int) -> int:
    """1 / (1 + exp(-x)) as a Q0.31 number for ``x`` as a Q4.27 number."""
    if x == 0:
        return 1 << 30
    positive = _reciprocal(_exp_of_negative(-abs(x)))
    return positive if x > 0 else INT32_MAX - positive


def _exp_of_negative(x: int) -> int:
    """exp(x) as a Q0.31 number for ``x`` < 0 as a Q4.27 number."""
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401)
    quarter = 1 << 25
    fraction = (x & (quarter - 1)) - quarter
    quarters = (fraction - x) >> 25
    result = _exp_of_fraction(fraction * 16)
    for bit, factor in enumerate(factors):  # exp(-1/4), exp(-1/2), ... exp(-8)
        if quarters >> bit & 1:
            result = multiply_high(result, factor)
    return result


def _exp_of_fraction(x: int) -> int:
    """exp(x) for ``x`` in [-1/4, 0), both Q0.31: a Taylor series around -1/8."""
    exp_of_minus_eighth, third = 1895147668, 715827883
    d = x + (1 << 28)
    d2 = multiply_high(d, d)
    d3 = multiply_high(d2, d)
    d4 = multiply_high(d2, d2)
    higher = multiply_high(divide_by_power(d4, 2) + d3, third) + d2
    return exp_of_minus_eighth + multiply_high(exp_of_minus_eighth, d + divide_by_power(higher, 1))


def _reciprocal(x: int) -> int:
    """1 / (1 + x) for ``x`` in [0, 1), both Q0.31: Newton's division in Q2.29."""
    half_denominator = (x + INT32_MAX + 1) // 2
    y = 1515870810 + multiply_high(half_denominator, -1010580540)
    for _ in range(3):
        y += 4 * multiply_high(y, (1 << 29) - multiply_high(half_denominator, y))
    return min(2 * y, INT32_MAX)


def _hard_swish(source: Tensor, output: Tensor) -> Function:
    fine = product32(1 / 128, source.scale)
    to_output, output_shift = _multiplier16(ratio32(fine, output.scale))
    to_relu, relu_shift = _multiplier16(ratio32(fine, 3 / 32768))
    if output_shift > 0:
        raise ValueError("its output's scale is too small for its input's")

    def function(x: int) -> int:
        wide = (x - source.zero_point) * 128
        value = _multiply_high16(wide, to_output)
        gate = _saturate16(wide << max(relu_shift - 1, 0))
        gate = _multiply_high16(gate, to_relu)
        if relu_shift > 0:
            gate = _saturate16(gate * 2)
        gate = divide_by_power(gate, max(-relu_shift, 0))
        product = (gate + 2**15 >> 1) * value
        return divide_by_power(math.trunc(product / 2**15), -output_shift) + output.zero_point

    return function


def _multiplier16(real: float) -> tuple[int, int]:
    """A multiplier of 15 bits, and its shift."""
    multiplier, shift = quantize_multiplier(real)
    return min((multiplier + 2**15) >> 16, 2**15 - 1), shift


def _multiply_high16(a: int, b: int) -> int:
    """round(a * b / 2^15) of 16-bit numbers, halves upwards."""
    return min((a * b + 2**14) >> 15, 2**15 - 1)


def _saturate16(x: int) -> int:
    return max(-(2**15), min(2**15 - 1, x))


LOOKUPS: dict[OpKind, Callable[[Tensor, Tensor], Function]] = {
    OpKind.QUANTIZE: _quantize,
    OpKind.RELU: _relu,
    OpKind.RELU6: _relu6,
    OpKind.LOGISTIC: _logistic,
    OpKind.HARD_SWISH: _hard_swish,
}
"""The operators that are one look-up an element, and what computes their tables."""
