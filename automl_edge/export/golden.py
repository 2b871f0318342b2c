"""Golden vectors: raw samples, and the bytes that the library must make of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.device.sources import Interface
from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.export.c_tables import fnv1a, initializer, static_array
from automl_edge.export.library import LibraryInfo
from automl_edge.export.reference import Reference

MAX_BYTES = 96 * 1024
MAX_VECTORS = 4
Window = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class GoldenVector:
    """A raw window with its expected int8 features and scores, flat."""

    window: Window
    features: NDArray[np.int8]
    scores: NDArray[np.int8]


def golden_vectors(windows: Sequence[Window], reference: Reference) -> tuple[GoldenVector, ...]:
    """The first few ``windows`` with what ``reference`` says about them.

    At most MAX_VECTORS and about MAX_BYTES of samples, but always one.
    """
    chosen: list[Window] = []
    for window in windows[:MAX_VECTORS]:
        if chosen and sum(each.nbytes for each in chosen) + window.nbytes > MAX_BYTES:
            break
        chosen.append(np.ascontiguousarray(window))
    features = reference.features(chosen)
    rows = zip(chosen, features, reference.scores(features), strict=True)
    return tuple(GoldenVector(*row) for row in rows)


def random_windows(info: LibraryInfo) -> tuple[Window, ...]:
    """Two raw windows of noise that suit the library's front end, always the same."""
    random = np.random.default_rng(1)
    match info.features:
        case None:
            return tuple(random.integers(-128, 128, info.input_shape, np.int8) for _ in range(2))
        case ImageSpec(height=height, width=width):
            shape = (2 * height, 2 * width, 3)
            return tuple(random.integers(0, 256, shape, np.uint8) for _ in range(2))
        case LogMelSpec(clip=clip):
            return tuple(random.integers(-9000, 9000, clip, np.int16) for _ in range(2))
        case MotionSpec(window=window, axes=axes):
            return tuple(random.integers(-9000, 9000, (window, axes), np.int16) for _ in range(2))


def arrays(vectors: Sequence[GoldenVector]) -> str:
    """The samples as C arrays ``samples_0``, ``samples_1``, ..."""
    named = (static_array(f"samples_{i}", vector.window) for i, vector in enumerate(vectors))
    return "\n\n".join(named)


def rows(vectors: Sequence[GoldenVector], info: LibraryInfo) -> str:
    """The initialisers of ``<symbol>_golden_vectors``."""
    return "\n".join(_row(f"samples_{i}", vector, info) for i, vector in enumerate(vectors))


def _row(name: str, vector: GoldenVector, info: LibraryInfo) -> str:
    if info.interface is Interface.TENSOR:
        return f"    {{{name}, {fnv1a(vector.scores)}u}},"
    scores = initializer(vector.scores.tolist()).strip()
    samples = name
    if info.interface is Interface.IMAGE:
        samples = _frame(name, vector.window)
    else:
        samples = f"{name}, {len(vector.window)}"
    return f"    {{{samples}, {fnv1a(vector.features)}u, {{{scores}}}}},"


def _frame(name: str, pixels: Window) -> str:
    height, width = pixels.shape[:2]
    grey = pixels.ndim == 2
    stride = width if grey else 3 * width
    image_format = "AE_IMAGE_GREY" if grey else "AE_IMAGE_RGB888"
    return f"{{{name}, {stride}, {width}, {height}, {image_format}}}"
