"""Cuts recordings into stretches of exactly the length that a model reads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec
from automl_edge.errors import DataError

_TAIL = 4
"""A rest at the end is given a window of its own if it is a quarter of a window or more."""


def cut_windows(signal: NDArray[Any], features: FeatureSpec) -> tuple[NDArray[Any], ...]:
    """Stretches of ``signal`` that the front end reads one at a time, at least one.

    Images are one stretch whatever their size. Audio (n,) and motion (n, axes) give windows
    of ``clip`` samples or ``window`` rows that overlap by half, the last one ending with
    the recording. A recording shorter than a window is mirrored at both ends, as often as
    it takes; it is never filled with a constant, which would let a model read the length
    instead of the signal. Raises DataError for an empty signal.
    """
    if isinstance(features, ImageSpec):
        return (signal,)
    length = features.clip if isinstance(features, LogMelSpec) else features.window
    if len(signal) == 0:
        raise DataError("the recording is empty", "Give a recording that holds samples.")
    if len(signal) <= length:
        return (_mirrored(signal, length),)
    return tuple(signal[start : start + length] for start in window_starts(len(signal), length))


def window_starts(total: int, length: int) -> tuple[int, ...]:
    """Where the windows of a recording of ``total`` >= ``length`` samples begin."""
    step = max(1, length // 2)
    starts = list(range(0, total - length + 1, step))
    if total - (starts[-1] + length) >= max(1, length // _TAIL):
        starts.append(total - length)
    return tuple(starts)


def count_windows(seconds: float, length: float) -> int:
    """Into how many windows of ``length`` seconds a recording of ``seconds`` is cut, about."""
    steps = 1000  # a window's; whole numbers, as ``window_starts`` has them
    total = round(steps * seconds / length)
    return len(window_starts(total, steps)) if total > steps else 1


def _mirrored(signal: NDArray[Any], length: int) -> NDArray[Any]:
    """``signal`` in the middle of ``length`` rows, mirrored outwards; the edge is not doubled."""
    missing = length - len(signal)
    left = missing // 2
    pads = [(left, missing - left)] + [(0, 0)] * (signal.ndim - 1)
    mode = "reflect" if len(signal) > 1 else "edge"
    return np.pad(signal, pads, mode=mode)  # type: ignore[call-overload, no-any-return]
