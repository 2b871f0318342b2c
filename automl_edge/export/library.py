"""An exported library as a value: its files, and the facts that programs need about it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from automl_edge.compiler import Network
from automl_edge.device.sources import CSources, Interface, Role
from automl_edge.domain.bundle import Bundle
from automl_edge.domain.candidate import Backbone
from automl_edge.domain.dataset import MotionFormat
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import KernelSet
from automl_edge.errors import RunDirectoryError
from automl_edge.report.codec import from_json, to_json

SOURCE_FOLDER = "src"
PLAIN_FOLDER = "plain"
INFO_NAME = "library.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from: program version, seed, hash of the data.

    ``motion`` declares axes, rate and unit of the counts of a motion model. ``kernels`` is
    the kernel set that its C is made of, chosen by the target and ``optimize``; ``row_bands``
    tells whether layers may be computed a few rows at a time (``compile_graph``). ``pretrained``
    are the weights that its training began with.
    """

    version: str
    seed: int | None = None
    data_hash: str | None = None
    motion: MotionFormat | None = None
    kernels: KernelSet = KernelSet.PORTABLE
    optimize: Optimize = Optimize.BALANCED
    row_bands: bool = False
    pretrained: Backbone | None = None


@dataclass(frozen=True, slots=True)
class LibraryInfo:
    """``library.json``: what a program needs to build, run and understand the library.

    ``labels`` is empty and ``features`` None for a bare network. A score means
    ``(int8 - score_zero_point) * score_scale``; a best score below ``threshold`` is
    "unsure". Shapes are without the batch of 1. The context starts with ``work_bytes`` that
    hold the arena and, at other times, the front end's scratch. ``plain`` names the sources
    that stand in ``plain/`` too, in plain C for machines other than the target.
    """

    symbol: str
    interface: Interface
    labels: tuple[str, ...]
    threshold: float
    features: FeatureSpec | None
    input_shape: tuple[int, ...]
    input_scale: float
    input_zero_point: int
    output_shape: tuple[int, ...]
    score_scale: float
    score_zero_point: int
    arena_bytes: int
    work_bytes: int
    context_bytes: int
    sources: tuple[tuple[str, Role], ...]
    headers: tuple[str, ...]
    plain: tuple[str, ...]
    origin: Origin

    @property
    def int8_threshold(self) -> int:
        """The smallest int8 score that is not "unsure"; 128 if none can be."""
        steps = math.ceil(self.threshold / self.score_scale - 1e-9)
        return max(-128, min(128, steps + self.score_zero_point))


@dataclass(frozen=True, slots=True)
class Library:
    """A library that was just built: what compilers need, all its files, the network inside."""

    info: LibraryInfo
    sources: CSources
    bundle: Bundle
    network: Network


def info_file(info: LibraryInfo) -> bytes:
    """The text of ``library.json``."""
    return (json.dumps(to_json(info), indent=2) + "\n").encode()


def read_library(folder: Path) -> tuple[LibraryInfo, CSources]:
    """The library that was exported to ``folder``; raises RunDirectoryError if it is not whole."""
    try:
        info = from_json(LibraryInfo, json.loads((folder / INFO_NAME).read_text("utf-8")))
        names = [name for name, _ in info.sources] + list(info.headers)
        files = {name: (folder / SOURCE_FOLDER / name).read_bytes() for name in names}
        plain = {name: (folder / PLAIN_FOLDER / name).read_bytes() for name in info.plain}
    except OSError as problem:
        raise RunDirectoryError(
            f"{folder} holds no complete C library: cannot read {problem.filename}",
            "Name the folder of a finished run, or run `automl-edge fit` again.",
        ) from problem
    except (ValueError, KeyError, TypeError) as problem:
        raise RunDirectoryError(
            f"{folder / INFO_NAME} is damaged or of another version: {problem}",
            "Run `automl-edge fit` again with this version.",
        ) from problem
    return info, c_sources(info, files, plain)


def c_sources(info: LibraryInfo, files: Bundle, plain: Bundle) -> CSources:
    """``info`` and the files of ``src/`` and ``plain/`` in the form that compilers need."""
    return CSources(
        symbol=info.symbol,
        interface=info.interface,
        bundle=files,
        plain=plain,
        roles=info.sources,
        work_bytes=info.work_bytes,
        context_bytes=info.context_bytes,
        input_bytes=math.prod(info.input_shape),
        output_bytes=math.prod(info.output_shape),
    )
