"""What can be done without a fit: compile any model, ask a finished run.

Nothing here loads TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from automl_edge.bare import examine, names_file, read_model
from automl_edge.catalog import load_target
from automl_edge.costs.kept import read_kept
from automl_edge.domain.dataset import Dataset, Modality, Part
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, signal_rate
from automl_edge.domain.optimize import Optimize, optimised
from automl_edge.errors import DataError, RunDirectoryError
from automl_edge.export.names import check_symbol
from automl_edge.export.tflm import tflm_bundle
from automl_edge.export.write import check_folder, claim_folder, write_bundle
from automl_edge.ingest import (
    SPLIT_NAME,
    cut_windows,
    load_file,
    load_signal,
    read_samples,
    read_split,
)
from automl_edge.report.model import TargetSummary
from automl_edge.report.results import (
    CompileResult,
    Evaluation,
    Mistake,
    Prediction,
)
from automl_edge.scores import Labels, evaluate
from automl_edge.verify import Classifier, load_classifier


def compile_model(
    path: Path,
    target_name: str,
    out: Path,
    name: str,
    optimize: Optimize = Optimize.BALANCED,
    row_bands: bool = False,
) -> CompileResult:
    """Write the C library of the int8 ``.tflite`` at ``path`` into ``out``.

    ``row_bands`` as in ``profile_model``.
    Raises ModelFileError, TargetError, UsageError for ``name`` and RunDirectoryError if
    ``out`` holds somebody else's files.
    """
    target = optimised(load_target(target_name), optimize)
    check_symbol(name)
    check_folder(out)
    model = read_model(path)
    with names_file(path):
        examined = examine(model, name, target, optimize, read_kept(target)[0], row_bands)
    library = examined.library
    bundle = {**library.bundle, **tflm_bundle(model, name, library.info.origin)}
    claim_folder(out)
    write_bundle(bundle, out)
    return CompileResult(
        TargetSummary.of(target),
        optimize,
        out,
        tuple(sorted(bundle)),
        examined.footprints,
        examined.parity,
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


def worst_mistakes(run: Path, data: Path, most: int = 24) -> tuple[Mistake, ...]:
    """What the C in ``run/c`` gets wrong on the run's own test part, the surest answers first.

    ``data`` is what the run was made from; samples that are gone are passed over. Raises
    RunDirectoryError and DataError.
    """
    classifier = load_classifier(run)
    features = _features(classifier, run)
    labels = classifier.info.labels
    parts = read_split(run / SPLIT_NAME)
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        motion = classifier.info.origin.motion
        dataset = read_samples(data, _modality(features), motion, Path(workspace))
        tested = [s for s in dataset.samples if parts.get(s.key, (None, None))[1] is Part.TEST]
        rate = signal_rate(features)
        answers = classifier.answers(
            cut_windows(load_signal(dataset, sample, rate), features) for sample in tested
        )
    found = [
        Mistake(
            sample.path, dataset.classes[sample.label], labels[answer.label], max(answer.scores)
        )
        for sample, answer in zip(tested, answers, strict=True)
    ]
    wrong = [each for each in found if each.truth != each.answer]
    return tuple(sorted(wrong, key=lambda each: -each.score)[:most])


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
