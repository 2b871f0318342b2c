"""From the search's winner to what the user gets: the C proved and measured, and the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from automl_edge.device.host import HostLibrary, Window
from automl_edge.device.measure import measure
from automl_edge.device.toolchain import compiler_version
from automl_edge.domain.bundle import Bundle, merge, under
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.dataset import Part, Sample
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.run import FitSpec
from automl_edge.domain.target import Budget, Target
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from automl_edge.export.reference import Reference
from automl_edge.export.tflm import tflm_bundle
from automl_edge.ingest import write_split
from automl_edge.material import Material
from automl_edge.report.model import (
    Accuracy,
    CandidateSummary,
    DataSummary,
    FootprintPair,
    Parity,
    PartAccuracy,
    Report,
    SearchSummary,
    Status,
    TargetSummary,
    TrialPoint,
    front_of,
)
from automl_edge.scores import (
    Evaluation,
    Labels,
    Scores,
    accuracy,
    evaluate,
    probabilities,
    unsure_threshold,
)
from automl_edge.search.run import SearchResult
from automl_edge.training import float_outputs
from automl_edge.training.data import Windows
from automl_edge.verify import KeyedWindows, verify
from automl_edge.version import __version__

C_FOLDER = "c"
TFLM_FOLDER = "tflm"
GOLDEN_WINDOWS = 4
_PACKAGES = ("tensorflow", "keras", "keras-tuner", "tflite-micro", "ziglang", "numpy")


@dataclass(frozen=True, slots=True)
class Goal:
    """What was asked for, resolved: the chip, what it leaves, and the user's options."""

    spec: FitSpec
    target: Target
    budget: Budget


@dataclass(frozen=True, slots=True)
class Delivery:
    """Everything that goes into the run directory."""

    report: Report
    bundle: Bundle


@dataclass(frozen=True, slots=True)
class _Exam:
    """The winner on one part of the data: what float model, oracle and C answer.

    Score arrays are (recordings, classes).
    """

    windows: Windows
    float_scores: Scores
    int8_scores: Scores
    c_scores: Scores


def deliver(goal: Goal, material: Material, found: SearchResult) -> Delivery:
    """Build, prove and measure the C of ``found``, on samples that it was not trained on."""
    features = found.candidate.design.features
    reference = Reference(found.model, features)
    held_out = {part: material.features(part, features) for part in (Part.VALIDATION, Part.TEST)}
    int8 = {part: _oracle_scores(reference, windows) for part, windows in held_out.items()}
    threshold = unsure_threshold(int8[Part.VALIDATION], held_out[Part.VALIDATION].labels)
    library = _library(goal, material, found, threshold)
    exams = {
        part: _Exam(
            windows,
            windows.mean_scores(
                float_outputs(found.candidate.design.architecture, found.weights, windows.features)
            ),
            int8[part],
            _c_scores(material, part, library, windows),
        )
        for part, windows in held_out.items()
    }
    train_labels = _labels(material, Part.TRAIN)
    evaluations = {part: _evaluate(exam, train_labels) for part, exam in exams.items()}
    measured = measure(library.sources, goal.target, found.candidate.footprint)
    verification = verify(library.sources, reference, _held_out(material, features))
    report = Report(
        status=Status.NEAREST if measured.violations(goal.budget) else Status.FITS,
        binding=next((broken.resource for broken in measured.violations(goal.budget)), None),
        name=goal.spec.name,
        data=DataSummary.of(material.dataset),
        target=TargetSummary.of(goal.target),
        budget=goal.budget,
        candidate=CandidateSummary.of(found.candidate, library.network.workload.parameters),
        accuracy=Accuracy(
            _part_accuracy(exams[Part.VALIDATION], evaluations[Part.VALIDATION]),
            _part_accuracy(exams[Part.TEST], evaluations[Part.TEST]),
        ),
        per_class=dict(
            zip(material.dataset.classes, evaluations[Part.TEST].per_class, strict=True)
        ),
        confusion=evaluations[Part.TEST].confusion,
        threshold=threshold,
        footprint=FootprintPair(found.candidate.footprint, measured),
        parity=Parity(verification.samples, verification.identical, verification.oracle),
        search=_search_summary(found),
        versions=_versions(),
        seed=goal.spec.seed,
    )
    return Delivery(report, _bundle(goal, material, found, library))


def fits_as_linked(goal: Goal, material: Material, candidate: Candidate, model: bytes) -> bool:
    """Whether the linked C of ``model`` keeps the budget."""
    classes = material.dataset.classes
    origin = Origin(__version__)
    library = build_library(model, candidate.design.features, classes, 0.0, goal.spec.name, origin)
    return not measure(library.sources, goal.target, candidate.footprint).violations(goal.budget)


def _oracle_scores(reference: Reference, windows: Windows) -> Scores:
    flat = windows.features.reshape(len(windows.features), -1)
    return windows.mean_scores(probabilities(reference.scores(flat)))


def _c_scores(material: Material, part: Part, library: Library, windows: Windows) -> Scores:
    """The exported C on the raw signals of one part."""
    host = HostLibrary(library.sources)
    features = library.info.features
    assert features is not None  # a library that ``fit`` makes has a front end
    recordings = material.windows(material.dataset.part(part), features)
    outputs = [host.run(recording).scores for recording in recordings]
    return windows.mean_scores(probabilities(np.concatenate(outputs)))


def _evaluate(exam: _Exam, train_labels: Labels) -> Evaluation:
    return evaluate(exam.c_scores, exam.windows.labels, exam.windows.groups, train_labels)


def _part_accuracy(exam: _Exam, c: Evaluation) -> PartAccuracy:
    return PartAccuracy(
        float_model=accuracy(exam.float_scores, exam.windows.labels),
        int8_model=accuracy(exam.int8_scores, exam.windows.labels),
        c_model=c.accuracy,
        balanced=c.balanced,
        interval95=c.interval95,
        majority=c.majority,
    )


def _library(goal: Goal, material: Material, found: SearchResult, threshold: float) -> Library:
    dataset, features = material.dataset, found.candidate.design.features
    return build_library(
        found.model,
        features,
        dataset.classes,
        threshold,
        goal.spec.name,
        _origin(goal, material),
        _golden(material, features),
    )


def _origin(goal: Goal, material: Material) -> Origin:
    dataset = material.dataset
    return Origin(__version__, goal.spec.seed, dataset.content_hash, dataset.motion)


def _golden(material: Material, features: FeatureSpec) -> list[Window]:
    """A window of the first test sample of each of the first classes."""
    first: dict[int, Sample] = {}
    for sample in material.dataset.part(Part.TEST):
        first.setdefault(sample.label, sample)
    chosen = list(first.values())[:GOLDEN_WINDOWS]
    return [windows[0] for windows in material.windows(chosen, features)]


def _held_out(material: Material, features: FeatureSpec) -> Iterator[KeyedWindows]:
    samples = tuple(material.dataset.held_out())
    for sample, windows in zip(samples, material.windows(samples, features), strict=True):
        yield sample.key, windows


def _labels(material: Material, part: Part) -> Labels:
    return np.array([sample.label for sample in material.dataset.part(part)], dtype=np.intp)


def _search_summary(found: SearchResult) -> SearchSummary:
    points = tuple(
        TrialPoint(p.number, p.space, p.accuracy, p.flash_bytes, p.ram_bytes, p.latency_ms)
        for p in found.points
    )
    return SearchSummary(
        sampled=found.sampled,
        infeasible=found.infeasible,
        trained=found.trained,
        seconds=found.seconds,
        trials=points,
        front=front_of(points),
        chosen=found.chosen,
    )


def _versions() -> dict[str, str]:
    packages = {"automl-edge": __version__, "compiler": compiler_version()}
    for package in _PACKAGES:
        try:
            packages[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return packages


def _bundle(goal: Goal, material: Material, found: SearchResult, library: Library) -> Bundle:
    tflm = dict(tflm_bundle(found.model, goal.spec.name, _origin(goal, material)))
    own = {
        "model.tflite": tflm.pop("model.tflite"),
        "split.csv": write_split(material.dataset).encode(),
    }
    return merge(own, under(C_FOLDER, library.bundle), under(TFLM_FOLDER, tflm))
