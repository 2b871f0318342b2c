"""From the search's winner to what the user gets: the C proved and measured, and the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata

from automl_edge.device.host import Window
from automl_edge.device.measure import measure
from automl_edge.device.toolchain import compiler_version
from automl_edge.domain.bundle import Bundle, merge, under
from automl_edge.domain.candidate import Candidate, Design
from automl_edge.domain.dataset import Dataset, Part, Sample
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.footprint import Footprint
from automl_edge.domain.run import FitSpec
from automl_edge.domain.target import Budget, Target
from automl_edge.exam import Exam, Examinee, examine, oracle_scores
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from automl_edge.export.reference import Reference
from automl_edge.export.tflm import tflm_bundle
from automl_edge.feedback import Measured, measured
from automl_edge.ingest import SPLIT_NAME, write_split
from automl_edge.material import Material
from automl_edge.report.model import (
    Accuracy,
    CandidateSummary,
    DataSummary,
    FootprintPair,
    Parity,
    PretrainedSummary,
    Report,
    Status,
    TargetSummary,
)
from automl_edge.report.searched import (
    CheckedTrial,
    CorrectionSummary,
    LearningPoint,
    PredictionSummary,
    SearchSummary,
    TrialPoint,
    UnlimitedSummary,
    front_of,
)
from automl_edge.scores import unsure_threshold
from automl_edge.search import Learning, SearchResult
from automl_edge.training import BackboneWeights
from automl_edge.verify import KeyedWindows, Verification, verify
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
class _Winner:
    """What was found for a goal on some data, built as C."""

    goal: Goal
    dataset: Dataset
    found: SearchResult
    threshold: float
    library: Library


@dataclass(frozen=True, slots=True)
class _Findings:
    """What was seen when the winner was run and linked."""

    validation: Exam
    test: Exam
    measured: Footprint
    proof: Verification


def deliver(
    goal: Goal, material: Material, found: SearchResult, backbones: Sequence[BackboneWeights]
) -> Delivery:
    """Build, prove and measure the C of ``found``, on samples that it was not trained on.

    ``backbones`` are the pretrained weights that the search could start from.
    """
    design = found.candidate.design
    oracle = Reference(found.shipped.tflite, design.features)
    winner = _built(goal, material, found)
    sources = winner.library.sources
    examinee = Examinee(design, found.shipped.weights, oracle, sources)
    judged = _judged(goal, material, found) if found.refit else examinee
    findings = _Findings(
        validation=examine(judged, material, Part.VALIDATION),
        test=examine(examinee, material, Part.TEST),
        measured=measure(sources, goal.target, found.candidate.footprint),
        proof=verify(sources, oracle, _held_out(material, design.features)),
    )
    pretrained = _pretrained(design, backbones)
    return Delivery(_report(winner, findings, pretrained), _bundle(winner))


def measure_candidate(goal: Goal, dataset: Dataset, candidate: Candidate, model: bytes) -> Measured:
    """What the linked C of ``model`` takes."""
    library = _plain_library(goal, dataset, candidate.design.features, model)
    return measured(library, goal.target, candidate.footprint)


def _plain_library(goal: Goal, dataset: Dataset, features: FeatureSpec, model: bytes) -> Library:
    """The C of ``model`` without threshold and golden vectors."""
    origin = Origin(__version__, kernels=goal.target.kernels, optimize=goal.spec.optimize)
    return build_library(model, features, dataset.classes, 0.0, goal.spec.name, origin)


def _judged(goal: Goal, material: Material, found: SearchResult) -> Examinee:
    """The winner before the validation part was added to its training."""
    design, judged = found.candidate.design, found.judged
    library = _plain_library(goal, material.dataset, design.features, judged.tflite)
    oracle = Reference(judged.tflite, design.features)
    return Examinee(design, judged.weights, oracle, library.sources)


def _built(goal: Goal, material: Material, found: SearchResult) -> _Winner:
    """The C library, with the threshold for "unsure" that served best on validation, while
    that was held out."""
    features = found.candidate.design.features
    validation = material.features(Part.VALIDATION, features)
    oracle = Reference(found.judged.tflite, features)
    threshold = unsure_threshold(oracle_scores(oracle, validation), validation.labels)
    library = build_library(
        found.shipped.tflite,
        features,
        material.dataset.classes,
        threshold,
        goal.spec.name,
        _origin(goal, material.dataset, found.candidate.design),
        _golden(material, features),
    )
    return _Winner(goal, material.dataset, found, threshold, library)


def _report(winner: _Winner, findings: _Findings, pretrained: PretrainedSummary | None) -> Report:
    goal, dataset, found = winner.goal, winner.dataset, winner.found
    broken = findings.measured.violations(goal.budget)
    proof, test = findings.proof, findings.test
    return Report(
        status=Status.NEAREST if broken else Status.FITS,
        binding=broken[0].resource if broken else None,
        name=goal.spec.name,
        data=DataSummary.of(dataset),
        target=TargetSummary.of(goal.target),
        budget=goal.budget,
        optimize=goal.spec.optimize,
        candidate=CandidateSummary.of(
            found.candidate,
            winner.library.network.workload.parameters,
            found.quantisation,
            pretrained,
        ),
        accuracy=Accuracy(findings.validation.accuracy, test.accuracy),
        per_class=dict(zip(dataset.classes, test.c.per_class, strict=True)),
        confusion=test.c.confusion,
        threshold=winner.threshold,
        footprint=FootprintPair(found.candidate.footprint, findings.measured),
        parity=Parity(proof.samples, proof.identical, proof.oracle),
        search=_search_summary(found),
        predictions=_prediction_summary(found.learning),
        versions=_versions(),
        seed=goal.spec.seed,
    )


def _pretrained(design: Design, backbones: Sequence[BackboneWeights]) -> PretrainedSummary | None:
    """The weights among ``backbones`` that ``design`` starts from."""
    for weights in backbones:
        if weights.backbone == design.pretrained:
            return PretrainedSummary(**asdict(weights.backbone), digest=weights.digest)
    return None


def _origin(goal: Goal, dataset: Dataset, design: Design) -> Origin:
    return Origin(
        __version__,
        goal.spec.seed,
        dataset.content_hash,
        dataset.motion,
        goal.target.kernels,
        goal.spec.optimize,
        pretrained=design.pretrained,
    )


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


def _search_summary(found: SearchResult) -> SearchSummary:
    points = tuple(
        TrialPoint(
            p.number, p.space, p.accuracy, p.flash_bytes, p.ram_bytes, p.latency_ms, p.parent
        )
        for p in found.points
    )
    return SearchSummary(
        sampled=found.sampled,
        infeasible=found.infeasible,
        trained=found.trained,
        seconds=found.seconds,
        trials=points,
        front=front_of(points, found.chosen),
        chosen=found.chosen,
        refit=found.refit,
        curve=tuple(LearningPoint(p.share, p.accuracy) for p in found.curve),
        unlimited=_unlimited(found),
        cross_validated=found.folded,
    )


def _unlimited(found: SearchResult) -> UnlimitedSummary | None:
    if found.unlimited is None:
        return None
    return UnlimitedSummary(found.unlimited.accuracy, found.unlimited.candidate.footprint.macs)


def _prediction_summary(learning: Learning) -> PredictionSummary:
    return PredictionSummary(
        start=CorrectionSummary.of(learning.start),
        end=CorrectionSummary.of(learning.end),
        checks=tuple(
            CheckedTrial(check.number, check.predicted, check.measured, check.latency_error)
            for check in learning.checks
        ),
        mean_error=learning.mean_error,
    )


def _versions() -> dict[str, str]:
    packages = {"automl-edge": __version__, "compiler": compiler_version()}
    for package in _PACKAGES:
        try:
            packages[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return packages


def _bundle(winner: _Winner) -> Bundle:
    goal, dataset = winner.goal, winner.dataset
    found = winner.found
    origin = _origin(goal, dataset, found.candidate.design)
    tflm = dict(tflm_bundle(found.shipped.tflite, goal.spec.name, origin))
    own = {
        "model.tflite": tflm.pop("model.tflite"),
        SPLIT_NAME: write_split(dataset).encode("utf-8", "surrogateescape"),
    }
    return merge(own, under(C_FOLDER, winner.library.bundle), under(TFLM_FOLDER, tflm))
