"""Any int8 ``.tflite`` by itself: read, built, proved on random inputs, and measured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automl_edge.cost import footprint
from automl_edge.costs.correction import Corrections, MeasuredModel
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Target
from automl_edge.errors import ModelFileError
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from automl_edge.export.reference import Reference
from automl_edge.feedback import measured
from automl_edge.report.model import FootprintPair, Parity
from automl_edge.verify import verify
from automl_edge.version import __version__

RANDOM_INPUTS = 20
SEED = 1


@dataclass(frozen=True, slots=True)
class Examined:
    """A model's library, what it costs, whether its C is exact on random inputs, and what
    measuring it taught."""

    library: Library
    footprints: FootprintPair
    parity: Parity
    lesson: MeasuredModel | None


def read_model(path: Path) -> bytes:
    """The file's bytes; raises ModelFileError if there is no such file."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ModelFileError(
            f"cannot read {path}: {problem.strerror}", "Name an int8 .tflite file."
        ) from problem


@contextmanager
def names_file(path: Path) -> Iterator[None]:
    """Put the file's name before what is wrong with the model in it."""
    try:
        yield
    except ModelFileError as problem:
        raise ModelFileError(f"{path}: {problem.message}", problem.hint) from problem


def examine(
    model: bytes,
    symbol: str,
    target: Target,
    optimize: Optimize,
    corrections: Corrections,
    row_bands: bool = False,
) -> Examined:
    """Build, link and run the C of ``model``; ``target`` is as ``optimize`` wants it.

    The C is compared with the oracle on RANDOM_INPUTS random inputs; ``corrections`` go into
    what is predicted. Raises ModelFileError.
    """
    origin = Origin(__version__, kernels=target.kernels, optimize=optimize, row_bands=row_bands)
    library = build_library(model, None, (), 0.0, symbol, origin)
    predicted = footprint(library.network.workload, None, target, corrections)
    random = np.random.default_rng(SEED)
    shape = library.info.input_shape
    inputs = random.integers(-128, 128, (RANDOM_INPUTS, *shape), np.int8)
    shown = verify(
        library.sources,
        Reference(model, None),
        ((f"random {number}", (values,)) for number, values in enumerate(inputs)),
    )
    found = measured(library, target, predicted)
    return Examined(
        library,
        FootprintPair(predicted, found.footprint),
        Parity(shown.samples, shown.identical, shown.oracle),
        found.lesson,
    )
