"""Tables of the log-mel front end, computed once per spec with NumPy and librosa.

They are what the C reads: in training through ctypes, on the chip as const arrays.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.features import LogMelSpec
from automl_edge.features.mel import band_ranges

WEIGHT_SUM = 65535
OFFSET_FRACTION_BITS = 8
STEPS_PER_OCTAVE = 8
"""Feature steps for every doubling of power; a step is 10 log10(2) / 8 = 0.376 dB."""
REFERENCE_FEATURE = 96
"""The feature of a band whose power is ``reference_power``."""


@dataclass(frozen=True, slots=True, eq=False)
class LogMelTables:
    """``hann`` uint16 (window // 2 + 1,) and ``sine`` int16 (fft,), both with 15 fractional bits.

    ``bands`` is int16-sized ints (mel_bins, 3): first FFT bin, number of bins, offset;
    ``weights`` uint16, those of all bands one after the other.
    """

    hann: NDArray[np.uint16]
    sine: NDArray[np.int16]
    bands: NDArray[np.int32]
    weights: NDArray[np.uint16]


@lru_cache(maxsize=64)
def design_tables(spec: LogMelSpec) -> LogMelTables:
    """The tables for ``spec``; loads librosa on first use."""
    filters = mel_filters(spec)
    bands: list[tuple[int, int, int]] = []
    weights: list[NDArray[np.uint16]] = []
    for row, (first, bins) in zip(filters, band_ranges(spec), strict=True):
        scale, quantised = _quantised(row[first : first + bins])
        bands.append((first, bins, _offset(spec, scale)))
        weights.append(quantised)
    return LogMelTables(
        hann=_hann(spec.window),
        sine=_sine(spec.fft),
        bands=np.array(bands, np.int32),
        weights=np.concatenate(weights),
    )


def mel_filters(spec: LogMelSpec) -> NDArray[np.float64]:
    """librosa's filter bank (Slaney's scale and norm), (mel_bins, fft // 2 + 1) float64."""
    from librosa.filters import mel

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Empty filters")
        designed: NDArray[np.float64] = mel(
            sr=spec.rate,
            n_fft=spec.fft,
            n_mels=spec.mel_bins,
            fmin=spec.low_hz,
            fmax=spec.high_hz,
            dtype=np.float64,
        )
    return designed


def reference_power(spec: LogMelSpec) -> float:
    """Mel power that white noise of variance 1 (samples as fractions of full scale) has.

    The sum of the squared Hann window over the Hz between FFT bins, for filters of unit
    area in Hz.
    """
    angle = 2 * np.pi * np.arange(spec.window) / spec.window
    window = 0.5 - 0.5 * np.cos(angle)
    return float(np.sum(window**2)) * spec.fft / spec.rate


def _hann(window: int) -> NDArray[np.uint16]:
    """First half of the periodic Hann window, from 0 up to its middle."""
    angle = 2 * np.pi * np.arange(window // 2 + 1) / window
    return np.rint((0.5 - 0.5 * np.cos(angle)) * 32768).astype(np.uint16)


def _sine(length: int) -> NDArray[np.int16]:
    wave = np.rint(np.sin(2 * np.pi * np.arange(length) / length) * 32768)
    table: NDArray[np.int16] = np.clip(wave, -32768, 32767).astype(np.int16)
    return table


def _quantised(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.uint16]]:
    """Scale and whole weights: as large as their sum allows. No weights give scale 1."""
    if weights.size == 0 or weights.max() == 0:
        return 1.0, np.zeros(weights.size, np.uint16)
    scale = (WEIGHT_SUM - 0.5 * weights.size) / float(weights.sum())
    return scale, np.rint(weights * scale).astype(np.uint16)


def _offset(spec: LogMelSpec, scale: float) -> int:
    """What takes log2 of the C's band energy to octaves of features.

    The C sums weight * scale / 2^16 times the square of twice the spectrum of samples
    that count 2^15 to full scale and have 15 - log2(fft) more bits.
    """
    fraction_bits = 15 - (spec.fft.bit_length() - 1)
    gained = math.log2(scale) - 16 + 2 * (1 + 15 + fraction_bits)
    octaves = REFERENCE_FEATURE / STEPS_PER_OCTAVE - math.log2(reference_power(spec)) - gained
    return round(octaves * (1 << OFFSET_FRACTION_BITS))
