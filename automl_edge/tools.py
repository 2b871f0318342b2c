"""What can be done without a fit: profile and compile any model, ask a finished run.

Nothing here loads TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from automl_edge.catalog import load_target
from automl_edge.compiler import Network, layer_names
from automl_edge.cost import footprint, op_cycles
from automl_edge.device.emulate import CoreRun
from automl_edge.device.measure import core_run, measure
from automl_edge.domain.dataset import Dataset, Modality, Part
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, signal_rate
from automl_edge.domain.target import Target
from automl_edge.errors import DataError, ModelFileError, RunDirectoryError
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from automl_edge.export.names import check_symbol
from automl_edge.export.reference import Reference
from automl_edge.export.tflm import tflm_bundle
from automl_edge.export.write import check_folder, claim_folder, write_bundle
from automl_edge.ingest import cut_windows, load_file, load_signal, read_samples, read_split
from automl_edge.report.model import FootprintPair, Parity, TargetSummary
from automl_edge.report.results import (
    CompileResult,
    Evaluation,
    LayerRow,
    Prediction,
    ProfileResult,
)
from automl_edge.scores import Labels, evaluate
from automl_edge.verify import Classifier, load_classifier, same_on_core, verify
from automl_edge.version import __version__

RANDOM_INPUTS = 20
SPLIT_NAME = "split.csv"
SEED = 1
HOST = "host"
"""The oracle's name where the C on this machine is what the emulated core is compared with."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """A model's library, what it costs and whether its C is exact on random inputs."""

    library: Library
    footprints: FootprintPair
    parity: Parity


def profile_model(path: Path, target_name: str, row_bands: bool = False) -> ProfileResult:
    """Flash, RAM and latency of the int8 ``.tflite`` at ``path`` on a target, layer by layer.

    The C is built, linked and compared with the oracle on RANDOM_INPUTS random inputs. With
    ``row_bands`` the layers that need the most memory are computed a few rows at a time.
    Raises ModelFileError and TargetError.
    """
    target = load_target(target_name)
    model = read_model(path)
    with _names_file(path):
        examined = _examine(model, "model", target, row_bands)
    sources = examined.library.sources
    run = core_run(sources, target, examined.footprints.predicted)
    return ProfileResult(
        target=TargetSummary.of(target),
        footprint=examined.footprints,
        layers=_layer_rows(examined.library.network, run, target),
        parity=examined.parity,
        parity_on_core=Parity(1, int(same_on_core(sources, run)), HOST) if run else None,
    )


def _layer_rows(network: Network, run: CoreRun | None, target: Target) -> tuple[LayerRow, ...]:
    """A row for each operator, with what it took in ``run`` or else the prediction."""
    ops = network.workload.ops
    work: list[tuple[int, int | None]]
    if run is None:
        work = [(round(cycles), None) for cycles in op_cycles(network.workload, target)]
    else:
        work = [(part.cycles, part.instructions) for part in run.layers]
    steps = zip(layer_names(network), ops, work, network.in_use, strict=True)
    return tuple(
        LayerRow(
            name=name,
            op=op.label,
            macs=op.macs,
            cycles=cycles,
            ram_bytes=alive,
            latency_ms=target.milliseconds(cycles, op.streams_weights),
            cycles_per_mac=round(cycles / op.macs, 3) if op.macs else None,
            instructions=instructions,
        )
        for name, op, (cycles, instructions), alive in steps
    )


def compile_model(
    path: Path, target_name: str, out: Path, name: str, row_bands: bool = False
) -> CompileResult:
    """Write the C library of the int8 ``.tflite`` at ``path`` into ``out``.

    ``row_bands`` as in ``profile_model``.
    Raises ModelFileError, TargetError, UsageError for ``name`` and RunDirectoryError if
    ``out`` holds somebody else's files.
    """
    target = load_target(target_name)
    check_symbol(name)
    check_folder(out)
    model = read_model(path)
    with _names_file(path):
        examined = _examine(model, name, target, row_bands)
    bundle = {**examined.library.bundle, **tflm_bundle(model, name, Origin(__version__))}
    claim_folder(out)
    write_bundle(bundle, out)
    return CompileResult(
        TargetSummary.of(target), out, tuple(sorted(bundle)), examined.footprints, examined.parity
    )


def predict_files(run: Path, paths: Sequence[Path]) -> Iterator[Prediction]:
    """The answers of the C in ``run/c`` for raw files; raises RunDirectoryError, DataError."""
    classifier = load_classifier(run)
    features = _features(classifier, run)
    modality = _modality(features)
    motion = classifier.info.origin.motion
    for path in paths:
        signal = load_file(path, modality, signal_rate(features), motion)
        answer = classifier.answer(cut_windows(signal, features))
        scores = dict(zip(classifier.info.labels, answer.scores, strict=True))
        yield Prediction(str(path), classifier.info.labels[answer.label], scores, answer.unsure)


def evaluate_run(run: Path, data: Path) -> Evaluation:
    """The C in ``run/c`` on all usable samples of a labelled folder or zip.

    Raises RunDirectoryError, and DataError if a class is not one of the run's.
    """
    classifier = load_classifier(run)
    features = _features(classifier, run)
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = read_samples(
            data, _modality(features), classifier.info.origin.motion, Path(workspace)
        )
        labels = _labels(dataset, classifier.info.labels)
        recordings = (
            cut_windows(load_signal(dataset, sample, signal_rate(features)), features)
            for sample in dataset.samples
        )
        answers = classifier.answers(recordings)
    scored = evaluate(
        np.array([answer.scores for answer in answers]),
        labels,
        [sample.group for sample in dataset.samples],
        labels,
    )
    known = _trained_on(run, dataset)
    return Evaluation.of(scored, classifier.info.labels, dataset.set_aside, known)


def read_model(path: Path) -> bytes:
    """The file's bytes; raises ModelFileError if there is no such file."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ModelFileError(
            f"cannot read {path}: {problem.strerror}", "Name an int8 .tflite file."
        ) from problem


@contextmanager
def _names_file(path: Path) -> Iterator[None]:
    """Put the file's name before what is wrong with the model in it."""
    try:
        yield
    except ModelFileError as problem:
        raise ModelFileError(f"{path}: {problem.message}", problem.hint) from problem


def _examine(model: bytes, symbol: str, target: Target, row_bands: bool) -> _Examined:
    origin = Origin(__version__, kernels=target.kernels, row_bands=row_bands)
    library = build_library(model, None, (), 0.0, symbol, origin)
    predicted = footprint(library.network.workload, None, target)
    random = np.random.default_rng(SEED)
    shape = library.info.input_shape
    inputs = random.integers(-128, 128, (RANDOM_INPUTS, *shape), np.int8)
    shown = verify(
        library.sources,
        Reference(model, None),
        ((f"random {number}", (values,)) for number, values in enumerate(inputs)),
    )
    return _Examined(
        library,
        FootprintPair(predicted, measure(library.sources, target, predicted)),
        Parity(shown.samples, shown.identical, shown.oracle),
    )


def _features(classifier: Classifier, run: Path) -> FeatureSpec:
    features = classifier.info.features
    if features is None:
        raise RunDirectoryError(
            f"{run} holds a bare network without a front end, which raw files need",
            "Name the folder of a run of `automl-edge fit`.",
        )
    return features


def _modality(features: FeatureSpec) -> Modality:
    if isinstance(features, ImageSpec):
        return Modality.IMAGE
    return Modality.AUDIO if isinstance(features, LogMelSpec) else Modality.MOTION


def _trained_on(run: Path, dataset: Dataset) -> int:
    """How many samples of ``dataset`` are in the run's training part, by their paths."""
    split = run / SPLIT_NAME
    if not split.exists():
        return 0
    parts = read_split(split)
    seen = (parts.get(sample.key, (None, None))[1] for sample in dataset.samples)
    return sum(part is Part.TRAIN for part in seen)


def _labels(dataset: Dataset, known: Sequence[str]) -> Labels:
    """The run's index of each sample's class; raises DataError for a class it does not know."""
    strange = sorted(set(dataset.classes) - set(known))
    if strange:
        raise DataError(
            f"the run does not know the class {strange[0]!r}",
            f"It was trained on {', '.join(known)}; name the folders like that.",
        )
    numbers = [known.index(dataset.classes[sample.label]) for sample in dataset.samples]
    return np.array(numbers, dtype=np.intp)
