"""The C front ends, compiled for this machine and called through ctypes.

One library serves every spec: tables and parameters are passed in, so that nothing is
compiled twice and a search over features starts at once. Calls release the GIL and keep
nothing between them: one FrontEnd may be used by many threads.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from automl_edge.device.toolchain import build_shared
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.errors import DataError
from automl_edge.features.bundle import host_sources
from automl_edge.features.limits import FRAME_SIDE, check_spec
from automl_edge.features.mirror import (
    ImageConfig,
    ImageFrame,
    LogMelConfig,
    MotionConfig,
    RowsConfig,
)
from automl_edge.features.tables import design_tables

Features = NDArray[np.int8]
Signal = NDArray[np.uint8] | NDArray[np.int16]
Signals = Sequence[Signal] | Signal
_GREY, _RGB888 = 0, 1
_CLIPS_PER_THREAD = 32


class FrontEnd:
    """The front end for one spec: raw signals in, the network's int8 input out.

    Signals are uint8 (height, width, 3) or (height, width) for images, int16 (clip,) for
    sound, int16 (window, axes) for motion. Raises TargetError for a spec that the C cannot
    compute, EnvironmentProblem without a C compiler.
    """

    def __init__(self, spec: FeatureSpec) -> None:
        check_spec(spec)
        self.spec = spec

    def one(self, signal: Signal) -> Features:
        """Features of one signal: int8 of ``spec.output_shape``; raises DataError if unfit."""
        features: Features = self.batch([signal])[0]
        return features

    def batch(self, signals: Signals) -> Features:
        """Features of many signals: int8 (n, *spec.output_shape); raises DataError if unfit.

        Sound and motion are one call into C (large batches of sound: one on each core),
        fastest for a C-contiguous array of signals.
        """
        match self.spec:
            case ImageSpec():
                return _images(self.spec, signals)
            case LogMelSpec():
                return _clips(self.spec, signals)
            case MotionSpec():
                return _windows(self.spec, signals)


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    """The host library with all front ends, built on first use."""
    return ctypes.CDLL(str(build_shared(host_sources())))


def _images(spec: ImageSpec, signals: Signals) -> Features:
    features = _new_features(spec, len(signals))
    config = ImageConfig(spec.width, spec.height, spec.channels, int(spec.resize == "bilinear"))
    resize = library().ae_image_resize
    for signal, output in zip(signals, features, strict=True):
        pixels = _checked_image(signal)
        height, width = pixels.shape[:2]
        kind = _GREY if pixels.ndim == 2 else _RGB888
        frame = ImageFrame(pixels.ctypes.data, pixels.strides[0], width, height, kind)
        if resize(ctypes.byref(config), ctypes.byref(frame), _pointer(output)) != 0:
            raise DataError(
                f"an image of {width} x {height} pixels is too large for {spec.width} x "
                f"{spec.height} features"
            )
    return features


def _clips(spec: LogMelSpec, signals: Signals) -> Features:
    samples = _stacked(signals, (spec.clip,), "a clip")
    tables = design_tables(spec)
    bands = np.ascontiguousarray(tables.bands, np.int16)
    config = LogMelConfig(
        tables.hann.ctypes.data,
        tables.sine.ctypes.data,
        bands.ctypes.data,
        tables.weights.ctypes.data,
        RowsConfig(spec.frames, spec.mel_bins, 1),
        spec.window,
        spec.hop,
        spec.fft.bit_length() - 1,
    )
    features = _new_features(spec, len(samples))
    compute = library().ae_logmel_batch

    def part(start: int, stop: int) -> None:
        compute(
            ctypes.byref(config),
            _pointer(np.empty(spec.window, np.int16)),
            _pointer(np.empty(spec.fft, np.int32)),
            _pointer(samples[start:stop]),
            ctypes.c_uint32(stop - start),
            ctypes.c_uint32(spec.clip),
            _pointer(features[start:stop]),
        )

    _in_parts(part, len(samples))
    return features


def _in_parts(part: Callable[[int, int], None], count: int) -> None:
    """Call ``part(start, stop)`` for all of ``count`` items, on all cores if they are many."""
    parts = min(os.cpu_count() or 1, max(1, count // _CLIPS_PER_THREAD))
    edges = [count * index // parts for index in range(parts + 1)]
    if parts == 1:
        part(0, count)
        return
    with ThreadPoolExecutor(parts) as pool:
        list(pool.map(part, edges[:-1], edges[1:]))


def _windows(spec: MotionSpec, signals: Signals) -> Features:
    counts = _stacked(signals, (spec.window, spec.axes), "a motion window")
    offsets = np.array(spec.offset, np.int16)
    multipliers = np.array(spec.multiplier, np.int32)
    rows = RowsConfig(spec.window, spec.axes, 1)
    config = MotionConfig(offsets.ctypes.data, multipliers.ctypes.data, rows)
    features = _new_features(spec, len(counts))
    library().ae_motion_batch(
        ctypes.byref(config),
        _pointer(counts),
        ctypes.c_uint32(len(counts)),
        _pointer(features),
    )
    return features


def _new_features(spec: FeatureSpec, count: int) -> Features:
    return np.empty((count, *spec.output_shape), np.int8)


def _pointer(array: NDArray[np.generic]) -> ctypes.c_void_p:
    """Pointer to the array's data, which it keeps alive until the call returns."""
    pointer: ctypes.c_void_p = array.ctypes.data_as(ctypes.c_void_p)
    return pointer


def _checked_image(signal: Signal) -> NDArray[np.uint8]:
    """The image with its pixels next to each other in rows of any stride."""
    pixels = np.asarray(signal)
    colours = pixels.shape[2:]
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or colours not in ((), (3,)):
        raise DataError(
            f"an image is uint8 (height, width) or (height, width, 3), "
            f"not {pixels.dtype} {pixels.shape}"
        )
    low, high = FRAME_SIDE
    if not all(low <= side <= high for side in pixels.shape[:2]):
        raise DataError(f"an image of {pixels.shape[1]} x {pixels.shape[0]} pixels cannot be used")
    return np.ascontiguousarray(pixels)


def _stacked(signals: Signals, shape: tuple[int, ...], name: str) -> NDArray[np.int16]:
    """One C-contiguous int16 array (n, *shape) of all signals, without a copy if it is one."""
    for signal in signals if not isinstance(signals, np.ndarray) else signals[:1]:
        if signal.shape != shape or signal.dtype != np.int16:
            raise DataError(f"{name} is int16 {shape}, not {signal.dtype} {signal.shape}")
    if len(signals) == 0:
        return np.empty((0, *shape), np.int16)
    return np.ascontiguousarray(signals, np.int16)
