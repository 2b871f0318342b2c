"""What people take with them, each as one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from automl_edge.errors import RunDirectoryError
from automl_edge.report.files import HTML_NAME
from automl_edge.verify import C_FOLDER

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can tell: the same run gives the same bytes."""

_MODEL = "model.tflite"
_TFLM = "tflm"


def c_library(run: Path, name: str) -> bytes:
    """A zip of the C library in ``run``, in one folder called ``name``."""
    return _zip(run, name, (C_FOLDER,))


def tflite_model(run: Path, name: str) -> bytes:
    """A zip of the ``.tflite`` and of the same as a C array for TensorFlow Lite Micro."""
    return _zip(run, name, (_MODEL, _TFLM))


def report_page(run: Path) -> bytes:
    """The report, one page that needs nothing else; raises RunDirectoryError if it is missing."""
    try:
        return (run / HTML_NAME).read_bytes()
    except OSError as problem:
        raise RunDirectoryError(
            f"The report of {run} cannot be read: {problem.strerror}.", "Start another search."
        ) from problem


def _zip(run: Path, name: str, wanted: tuple[str, ...]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(run, wanted):
            inside = zipfile.ZipInfo(f"{name}/{path.relative_to(run).as_posix()}", _EPOCH)
            inside.external_attr = 0o644 << 16
            archive.writestr(inside, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _files(run: Path, wanted: tuple[str, ...]) -> Iterator[Path]:
    for name in wanted:
        path = run / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        if not path.exists():
            raise RunDirectoryError(f"{run} has no {name}.", "Start another search.")
        yield from (each for each in found if each.is_file())
