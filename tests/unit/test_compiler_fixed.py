from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.compiler.fixed import (
    divide_by_power,
    input_radius,
    multiply_high,
    quantize_multiplier,
    quantize_value,
    round_half_away,
    scale,
    wrap32,
)

INT32 = st.integers(-(2**31) + 1, 2**31 - 1)


@pytest.mark.parametrize(
    ("real", "expected"),
    [
        (1.0, (2**30, 1)),
        (0.5, (2**30, 0)),
        (0.25, (2**30, -1)),
        (0.0, (0, 0)),
        (1 - 2**-40, (2**30, 1)),
        (2**-33, (0, 0)),
        (3.0, (3 * 2**29, 2)),
    ],
)
def test_multiplier_and_shift(real: float, expected: tuple[int, int]) -> None:
    assert quantize_multiplier(real) == expected


def test_a_multiplier_beyond_32_bits_is_an_error() -> None:
    with pytest.raises(OverflowError):
        quantize_multiplier(2.0**32)


@given(st.floats(2**-20, 2**20))
def test_multiplier_is_close_to_the_real_number(real: float) -> None:
    multiplier, shift = quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert multiplier * 2.0 ** (shift - 31) == pytest.approx(real, rel=2**-30)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.5, 1), (-0.5, -1), (1.49, 1), (2.5, 3), (-2.5, -3)]
)
def test_halves_round_away_from_zero(value: float, expected: int) -> None:
    assert round_half_away(value) == expected


@given(INT32, st.integers(1, 31))
def test_division_rounds_to_nearest_and_halves_away(x: int, exponent: int) -> None:
    exact = x / 2**exponent
    assert divide_by_power(x, exponent) == int(math.copysign(math.floor(abs(exact) + 0.5), exact))


@given(INT32, st.integers(1, 32))
def test_division_as_the_kernels_do_it(x: int, exponent: int) -> None:
    """ae_divide_by_power in ae_fixed.h has no mask; the two must be one function."""
    assert ((x + (x >> 31) >> exponent - 1) + 1) >> 1 == divide_by_power(x, exponent)


@given(INT32, st.integers(0, 2**31 - 1))
def test_high_product_is_that_of_gemmlowp(a: int, b: int) -> None:
    """SaturatingRoundingDoublingHighMul adds a nudge and truncates; ours shifts."""
    nudge = 2**30 if a * b >= 0 else 1 - 2**30
    truncated = abs(a * b + nudge) >> 31
    assert multiply_high(a, b) == (truncated if a * b + nudge >= 0 else -truncated)


def test_scaling_rounds_twice() -> None:
    multiplier, shift = quantize_multiplier(0.1)
    assert [scale(x, multiplier, shift) for x in (4, 5, 15, -5, -15, 100)] == [0, 1, 2, -1, -2, 10]


@given(st.integers(-(2**40), 2**40))
def test_wrapping_keeps_the_low_bits(value: int) -> None:
    wrapped = wrap32(value)
    assert -(2**31) <= wrapped < 2**31
    assert (wrapped - value) % 2**32 == 0


def test_real_values_on_a_quantised_axis() -> None:
    assert quantize_value(6.0, 0.05, -10) == 110
    with pytest.raises(OverflowError):
        quantize_value(6.0, 1e-45, 0)


def test_radius_of_inputs_that_still_fit() -> None:
    assert input_radius(5, 26) == 31
    assert input_radius(5, 31) == 0
