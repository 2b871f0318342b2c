"""Small vectors that near-duplicates share: the sound and motion side of duplicates.py.

Thresholds were chosen on real data: copies re-encoded as MP3, Vorbis and mu-law, at other
rates and gains, lie well inside them, different recordings well outside.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FINGERPRINT_RATE = 4000
"""Hz at which sounds are compared: what every codec and rate keeps is below 2 kHz."""

_FRAME = 512
_BANDS = 24
_FLOOR_DB = 40.0
_MOTION_POINTS = 64
_WHITENING_BINS = 33


def sound_print(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean level of 24 logarithmic bands in dB around their mean, float32 (24,).

    ``sound`` is mono at FINGERPRINT_RATE. Independent of gain and of where the sound
    starts; levels more than 40 dB under the strongest band count as 40 dB.
    """
    padded = np.pad(sound, (0, max(0, _FRAME - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[:: _FRAME // 2]
    window = np.hanning(_FRAME).astype(np.float32)
    power = np.zeros(_FRAME // 2 + 1)
    for start in range(0, len(frames), 256):
        power += (np.abs(np.fft.rfft(frames[start : start + 256] * window)) ** 2).sum(axis=0)
    edges = np.round(np.geomspace(6, _FRAME // 2 * 0.85, _BANDS + 1)).astype(int)
    levels = 10 * np.log10(np.add.reduceat(power, edges)[:-1] + 1e-12)
    levels = np.maximum(levels, levels.max() - _FLOOR_DB)
    return np.asarray(levels - levels.mean(), dtype=np.float32)


def whiten(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """``sound`` with its spectrum flattened and unit energy, so that only detail correlates.

    Without this, two recordings of the same hum would look like copies of one another.
    """
    length = 1 << max(1, (len(sound) - 1).bit_length())
    spectrum = np.fft.rfft(sound, length)
    kernel = np.ones(_WHITENING_BINS) / _WHITENING_BINS
    envelope = np.sqrt(np.convolve(np.abs(spectrum) ** 2, kernel, "same"))
    flat = spectrum / (envelope + 1e-4 * np.abs(spectrum).max(initial=0.0) + 1e-9)
    white = np.fft.irfft(flat, length)
    return np.asarray(white / (np.linalg.norm(white) + 1e-12), dtype=np.float32)


def best_overlap(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Largest correlation of two whitened sounds over all shifts, 0 to 1.

    1 for a copy, about a half where half of one is a piece of the other.
    """
    length = 1 << (len(first) + len(second) - 1).bit_length()
    product = np.fft.rfft(first, length) * np.conj(np.fft.rfft(second, length))
    return float(np.abs(np.fft.irfft(product, length)).max())


def motion_print(values: NDArray[np.float64]) -> NDArray[np.float32] | None:
    """Shape of a recording: 64 points an axis, mean removed, unit energy; float32 (64 * axes,).

    ``values`` is (rows, axes). None where nothing moves.
    """
    points = np.linspace(0, len(values) - 1, _MOTION_POINTS)
    rows = np.arange(len(values))
    shape = np.stack([np.interp(points, rows, axis) for axis in values.T], axis=1)
    shape -= shape.mean(axis=0)
    energy = float(np.linalg.norm(shape))
    if energy == 0.0:
        return None
    return np.asarray(shape.reshape(-1) / energy, dtype=np.float32)
