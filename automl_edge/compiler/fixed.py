"""Fixed-point arithmetic of TFLM in whole numbers, for what is computed before there is C.

The functions mirror gemmlowp's and TFLite's of similar names bit for bit; floating-point
steps use the same widths (scales are float32, products float64), as the last bit of a
multiplier depends on them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

INT32_MAX = 2**31 - 1


def quantize_multiplier(real: float) -> tuple[int, int]:
    """(Q0.31 multiplier, shift) of ``real`` >= 0, so that it is multiplier / 2^31 * 2^shift.

    Below 2^-32 the multiplier is 0. Raises OverflowError where the shift exceeds 31,
    which no 32-bit kernel could apply.
    """
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    fixed = round_half_away(fraction * 2**31)
    if fixed == 2**31:
        fixed //= 2
        shift += 1
    if shift < -31:
        return 0, 0
    if shift > 31:
        raise OverflowError("the scales differ too much")
    return fixed, shift


def round_half_away(value: float) -> int:
    """Nearest whole number, halves away from zero (C's ``round``; Python's rounds to even)."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def wrap32(value: int) -> int:
    """``value`` as a 32-bit two's complement register would hold it."""
    return (value + 2**31) % 2**32 - 2**31


def multiply_high(a: int, b: int) -> int:
    """round(a * b / 2^31), halves upwards."""
    return (a * b + 2**30) >> 31


def divide_by_power(x: int, exponent: int) -> int:
    """round(x / 2^exponent), halves away from zero."""
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def scale(x: int, multiplier: int, shift: int) -> int:
    """x * multiplier / 2^31 * 2^shift, rounded twice as TFLM does."""
    shifted = wrap32(x << max(shift, 0))
    return divide_by_power(multiply_high(shifted, multiplier), max(-shift, 0))


def clamp8(x: int) -> int:
    """``x`` limited to the range of int8."""
    return max(-128, min(127, x))


def quantize_value(real: float, tensor_scale: float, zero_point: int) -> int:
    """``real`` on a quantised axis, unclamped, in TFLM's float32."""
    return zero_point + round_half_away(ratio32(real, tensor_scale))


def ratio32(a: float, b: float) -> float:
    """a / b in float32; infinite where that overflows."""
    with np.errstate(over="ignore"):
        return float(np.float32(a) / np.float32(b))


def product32(a: float, b: float) -> float:
    """a * b in float32; infinite where that overflows."""
    with np.errstate(over="ignore", under="ignore"):
        return float(np.float32(a) * np.float32(b))


def input_radius(integer_bits: int, left_shift: int) -> int:
    """Largest magnitude that still fits ``integer_bits`` after a left shift of ``left_shift``."""
    return math.floor(((1 << integer_bits) - 1) * 2.0 ** (31 - integer_bits - left_shift))


def scale_array(
    x: NDArray[np.int64], multiplier: NDArray[np.int64], shift: NDArray[np.int64]
) -> NDArray[np.int64]:
    """``scale`` for arrays that broadcast; ``x`` within 32 bits."""
    shifted = wrap32_array(x << np.maximum(shift, 0))
    high = (shifted * multiplier + 2**30) >> 31
    exponent = np.maximum(-shift, 0)
    mask = (np.int64(1) << exponent) - 1
    return (high >> exponent) + ((high & mask) > (mask >> 1) + (high < 0))


def wrap32_array(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """``wrap32`` for arrays."""
    return (x + 2**31) % 2**32 - 2**31
