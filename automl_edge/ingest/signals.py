"""Decodes a sample or a raw file into what the C front ends read."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from automl_edge.domain.dataset import Dataset, Modality, MotionFormat, Sample
from automl_edge.errors import DataError
from automl_edge.ingest.audio import read_audio
from automl_edge.ingest.image import quiet_decoding, read_image
from automl_edge.ingest.motion import read_motion
from automl_edge.ingest.records import UnusableError


def load_signal(dataset: Dataset, sample: Sample, rate_hz: float) -> NDArray[Any]:
    """The signal of one sample of ``dataset``.

    Images are uint8 (height, width, 3), and ``rate_hz`` is not used; audio is int16 (n,) at
    ``rate_hz``; motion is int16 counts (n, axes) at ``rate_hz``. Raises DataError if the
    file has gone or changed since the dataset was read.
    """
    file = dataset.root / sample.path
    try:
        with quiet_decoding():
            return _load(file, dataset.modality, rate_hz, dataset.motion, sample.rows)
    except (UnusableError, OSError) as problem:
        raise DataError(
            f"{sample.path} can no longer be read: {problem}",
            "Was the dataset changed meanwhile? Start again with a new run directory.",
        ) from problem


def load_file(
    path: Path, modality: Modality, rate_hz: float, motion: MotionFormat | None
) -> NDArray[Any]:
    """One raw file, decoded as load_signal decodes samples; raises DataError."""
    _require_file(path)
    try:
        with quiet_decoding():
            return _load(path, modality, rate_hz, motion, None)
    except (UnusableError, OSError) as problem:
        raise DataError(
            f"{path} cannot be used: {problem}", f"The model reads {modality.value} files."
        ) from problem


def _require_file(path: Path) -> None:
    """Raise DataError where there is no file, or nothing in it."""
    hint = "Name a file, or several."
    try:
        about = path.stat()
    except OSError as problem:
        raise DataError(f"cannot open {path}: {problem.strerror}", hint) from problem
    if not stat.S_ISREG(about.st_mode):
        raise DataError(f"{path} is not a file", hint)
    if about.st_size == 0:
        raise DataError(f"{path} is empty (0 bytes)", hint)


def _load(
    file: Path,
    modality: Modality,
    rate_hz: float,
    motion: MotionFormat | None,
    rows: tuple[int, int] | None,
) -> NDArray[Any]:
    if modality is Modality.IMAGE:
        return read_image(file)
    if modality is Modality.AUDIO:
        return read_audio(file, round(rate_hz))
    if motion is None:
        raise UnusableError("the motion format is not known")
    return read_motion(file, rows, motion, rate_hz)
