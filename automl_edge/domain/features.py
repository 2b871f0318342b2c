"""Feature specs: the parameters of the C front ends, and nothing of their arithmetic.

A front end turns raw samples into the int8 tensor that the network reads. Its output is
quantised with one fixed scale and zero point for all front ends, INPUT_SCALE and
INPUT_ZERO_POINT, so that the network's input tensor is known before any training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

INPUT_SCALE = 1 / 128
INPUT_ZERO_POINT = 0

CAMERA_FRAME = (120, 160)
"""Rows and columns of the RGB888 frame that photos are predicted and measured for (QQVGA)."""


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """Centre crop to the output's aspect ratio, then resize, to grey (1) or RGB (3) int8."""

    height: int
    width: int
    channels: int
    resize: Literal["area", "bilinear"] = "area"

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the int8 features."""
        return (self.height, self.width, self.channels)


@dataclass(frozen=True, slots=True)
class LogMelSpec:
    """Log-mel spectrogram of ``clip`` mono int16 samples at ``rate`` Hz.

    ``window`` and ``hop`` are in samples; frames start every ``hop`` samples and lie
    wholly inside the clip (no padding).
    """

    rate: int
    clip: int
    window: int
    hop: int
    mel_bins: int
    low_hz: int
    high_hz: int

    @property
    def fft(self) -> int:
        """FFT length in samples: the power of two at or above the window."""
        return 1 << (self.window - 1).bit_length()

    @property
    def frames(self) -> int:
        """Number of spectrogram frames in a clip."""
        return 1 + (self.clip - self.window) // self.hop

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """(frames, mel_bins, 1) of the int8 features."""
        return (self.frames, self.mel_bins, 1)


@dataclass(frozen=True, slots=True)
class MotionSpec:
    """A window of int16 motion counts, shifted and scaled per axis to int8.

    ``window`` is in rows at ``rate_hz``. Axis ``a`` becomes
    ``clamp(((count - offset[a]) * multiplier[a] + rounding) >> 16)``; offsets and
    multipliers are learned from the training part.
    """

    rate_hz: float
    window: int
    offset: tuple[int, ...]
    multiplier: tuple[int, ...]

    @property
    def axes(self) -> int:
        """Number of sensor axes."""
        return len(self.offset)

    @property
    def output_shape(self) -> tuple[int, int, int]:
        """(window, 1, axes) of the int8 features."""
        return (self.window, 1, self.axes)


FeatureSpec = ImageSpec | LogMelSpec | MotionSpec


def signal_rate(spec: FeatureSpec) -> float:
    """Samples or rows a second that the front end of ``spec`` reads; 0 for images."""
    if isinstance(spec, ImageSpec):
        return 0.0
    return float(spec.rate) if isinstance(spec, LogMelSpec) else spec.rate_hz
