"""Where windows lie on an image, one axis at a time."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def taps_inside(
    size: int, count: int, kernel: int, stride: int, dilation: int = 1
) -> tuple[int, ...]:
    """Taps inside an axis of ``size``, for each of ``count`` positions of a window.

    ``kernel`` taps lie ``dilation`` apart; padding is "same" or none, as ``count`` tells.
    """
    reach = (kernel - 1) * dilation + 1
    before = max((count - 1) * stride + reach - size, 0) // 2
    return tuple(
        sum(0 <= tap < size for tap in range(start, start + reach, dilation))
        for start in range(-before, count * stride - before, stride)
    )
