"""Small pictures of samples: thumbnails, spectrograms and traces."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import stft

from automl_edge.domain.dataset import Modality
from automl_edge.ingest.image import quiet_decoding, read_image
from automl_edge.ingest.kinds import modality_of
from automl_edge.ingest.recording import load_recordings
from automl_edge.ingest.records import UnusableError

SIDE = 160
"""Pixels of a thumbnail's longer side."""

SPECTROGRAM_HEIGHT = 96
SPECTROGRAM_WIDTH = 320
SHOWN_SECONDS = 60.0
"""Longer ones would take memory for what no one sees at this size."""

WINDOW_SECONDS = 0.025
"""As of the front ends for sound."""

_RANGE_DB = 70.0
_MOST_ROWS = 400
_DARK, _BRIGHT = np.array((24, 20, 52)), np.array((255, 214, 102))


@dataclass(frozen=True, slots=True)
class Trace:
    """A recording of motion, thinned: float64 (rows, axes), the names of its axes."""

    axes: tuple[str, ...]
    values: NDArray[np.float64]


def picture_of(path: Path) -> bytes | None:
    """A PNG of a photo or a sound; None for what cannot be drawn."""
    kind = modality_of(path)
    try:
        if kind is Modality.IMAGE:
            return thumbnail(path)
        if kind is Modality.AUDIO:
            return spectrogram(path)
    except (UnusableError, OSError):
        return None
    return None


def thumbnail(path: Path) -> bytes:
    """A PNG of a photo, SIDE pixels long at most; raises UnusableError."""
    with quiet_decoding():
        image = Image.fromarray(read_image(path))
    image.thumbnail((SIDE, SIDE))
    return _png(image)


def spectrogram(path: Path) -> bytes:
    """A PNG of the first minute of a sound: time to the right, pitch upwards.

    Raises UnusableError.
    """
    samples, rate = _start_of(path)
    window = min(round(WINDOW_SECONDS * rate), len(samples))
    _, _, spectrum = stft(samples, nperseg=window, boundary=None)
    level = 20 * np.log10(np.abs(spectrum) + 1e-7)
    share = np.clip((level - level.max()) / _RANGE_DB + 1, 0.0, 1.0)[::-1, :, None]
    colours = (_DARK + (_BRIGHT - _DARK) * share).astype(np.uint8)
    size = (SPECTROGRAM_WIDTH, SPECTROGRAM_HEIGHT)
    return _png(Image.fromarray(colours).resize(size, Image.Resampling.BILINEAR))


def _start_of(path: Path) -> tuple[NDArray[np.float64], int]:
    """The first SHOWN_SECONDS of a sound, float64 (n,), and its rate."""
    try:
        with soundfile.SoundFile(path) as source:
            frames = source.read(round(SHOWN_SECONDS * source.samplerate), always_2d=True)
            rate = int(source.samplerate)
    except (RuntimeError, OSError) as problem:  # soundfile's own errors are of the former
        raise UnusableError(str(problem)) from problem
    if not len(frames):
        raise UnusableError("holds no sound")
    return frames.mean(axis=1), rate


def trace_of(path: Path) -> Trace | None:
    """The axes of a recording of motion; None for what cannot be read."""
    try:
        found = load_recordings(path)
    except UnusableError:
        return None
    step = max(1, -(-len(found.values) // _MOST_ROWS))
    return Trace(found.axes, found.values[::step])


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()
