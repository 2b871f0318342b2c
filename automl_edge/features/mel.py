"""The mel scale, as far as sizes need it: which FFT bins a filter covers.

Slaney's mel scale as in librosa (``htk=False``): linear below 1 kHz at 200/3 Hz a mel,
logarithmic above with 27 mels to a factor of 6.4. Source: M. Slaney, "Auditory Toolbox",
Interval Research technical report 1998-010. librosa itself designs the weights
(``tables.py``); this module only counts them, without loading it.
"""

from __future__ import annotations

import math
from functools import lru_cache

from automl_edge.domain.features import LogMelSpec

_HZ_PER_MEL = 200 / 3
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = math.log(6.4) / 27
_EDGE_SLACK = 1e-9


@lru_cache(maxsize=4096)
def band_ranges(spec: LogMelSpec) -> tuple[tuple[int, int], ...]:
    """(first FFT bin, number of bins) with weights above zero, for each mel bin.

    A filter narrower than the distance between FFT bins may cover none: (0, 0).
    """
    edges = _edges(spec)
    bins_per_hz = spec.fft / spec.rate
    ranges = []
    for index in range(spec.mel_bins):
        first = math.floor(edges[index] * bins_per_hz + _EDGE_SLACK) + 1
        stop = math.ceil(edges[index + 2] * bins_per_hz - _EDGE_SLACK)
        ranges.append((first, stop - first) if stop > first else (0, 0))
    return tuple(ranges)


def _edges(spec: LogMelSpec) -> tuple[float, ...]:
    """The filters' corners in Hz, evenly spaced in mel: mel_bins + 2 of them."""
    low, high = _to_mel(spec.low_hz), _to_mel(spec.high_hz)
    steps = spec.mel_bins + 1
    return tuple(_to_hz(low + (high - low) * step / steps) for step in range(steps + 1))


def _to_mel(hz: float) -> float:
    if hz < _BREAK_HZ:
        return hz / _HZ_PER_MEL
    return _BREAK_MEL + math.log(hz / _BREAK_HZ) / _LOG_STEP


def _to_hz(mel: float) -> float:
    if mel < _BREAK_MEL:
        return mel * _HZ_PER_MEL
    return _BREAK_HZ * math.exp((mel - _BREAK_MEL) * _LOG_STEP)
