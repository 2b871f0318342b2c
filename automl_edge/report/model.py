"""Everything that ``report.json`` holds, as frozen values; ``report.json`` is their one JSON form.

Fractions (accuracies, scores) run from 0 to 1, sizes are bytes, times are milliseconds or
seconds as the name says. Rows of a confusion matrix are the truth, columns the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from automl_edge.domain.candidate import Candidate, Value
from automl_edge.domain.dataset import (
    Dataset,
    Modality,
    MotionFormat,
    Part,
    SetAside,
    Shortcut,
)
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.footprint import Footprint, Resource
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.remedies import Remedies
from automl_edge.domain.target import Budget, Target
from automl_edge.report.searched import PredictionSummary, SearchSummary
from automl_edge.scores import ClassScore

SCHEMA_VERSION = 1


class Status(StrEnum):
    """Whether the model is inside the budget as measured, or the nearest that was found."""

    FITS = "fits"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class PartCounts:
    """Samples per class on each side of the split, in the order of the classes."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GroupSummary:
    """How samples were grouped, in words, and how many groups are on each side."""

    source: str
    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class DataSummary:
    """The dataset without its samples; they are listed in ``split.csv``.

    ``warnings`` are what to mend before trusting a model, ``notes`` how groups were found
    and which traps were avoided. ``motion`` is None unless the samples are recordings of it.
    """

    modality: Modality
    content_hash: str
    classes: tuple[str, ...]
    counts: PartCounts
    groups: GroupSummary
    set_aside: tuple[SetAside, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    motion: MotionFormat | None = None

    @staticmethod
    def of(dataset: Dataset) -> DataSummary:
        """The summary of ``dataset``."""
        # Imported here because it loads the decoders, which most readers of reports need not.
        from automl_edge.ingest import dataset_warnings

        return DataSummary(
            modality=dataset.modality,
            content_hash=dataset.content_hash,
            classes=dataset.classes,
            counts=PartCounts(*(dataset.counts(part) for part in Part)),
            groups=GroupSummary(dataset.group_source, *(_groups(dataset, part) for part in Part)),
            set_aside=dataset.set_aside,
            shortcuts=dataset.shortcuts,
            warnings=dataset_warnings(dataset),
            notes=dataset.notes,
            motion=dataset.motion,
        )


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """The chip that the figures are for; see domain's Target for the terms.

    ``sources`` says for each key of the target's TOML where its figure comes from.
    """

    name: str
    title: str
    core: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    reserved_flash_bytes: int
    reserved_ram_bytes: int
    latency_ms: float
    cycle_factor: float
    cycle_factor_streamed: float
    kernels: str
    sources: Mapping[str, str]

    @staticmethod
    def of(target: Target) -> TargetSummary:
        """The summary of ``target``."""
        return TargetSummary(
            name=target.name,
            title=target.title,
            core=target.core,
            clock_hz=target.clock_hz,
            flash_bytes=target.flash_bytes,
            ram_bytes=target.ram_bytes,
            reserved_flash_bytes=target.reserved_flash_bytes,
            reserved_ram_bytes=target.reserved_ram_bytes,
            latency_ms=target.latency_ms,
            cycle_factor=target.cycle_factor,
            cycle_factor_streamed=target.cycle_factor_streamed,
            kernels=target.kernels.value,
            sources=dict(target.sources),
        )


@dataclass(frozen=True, slots=True)
class PretrainedSummary:
    """The weights that training started from; see domain's Backbone. ``digest`` is a hash of
    them all, of which a design may keep a part."""

    family: str
    width: float
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class CandidateSummary:
    """The chosen design: its family, choices, front end, size in numbers, way to int8.

    ``pretrained`` is None where it was trained from scratch.
    """

    space: str
    values: Mapping[str, Value]
    features: FeatureSpec
    parameters: int
    macs: int
    quantisation: Quantisation
    pretrained: PretrainedSummary | None = None

    @staticmethod
    def of(
        candidate: Candidate,
        parameters: int,
        quantisation: Quantisation,
        pretrained: PretrainedSummary | None,
    ) -> CandidateSummary:
        """The summary of ``candidate``; ``parameters`` counts its weights and biases."""
        return CandidateSummary(
            space=candidate.space,
            values=dict(candidate.values),
            features=candidate.design.features,
            parameters=parameters,
            macs=candidate.footprint.macs,
            quantisation=quantisation,
            pretrained=pretrained,
        )


@dataclass(frozen=True, slots=True)
class PartAccuracy:
    """Accuracy per recording or image on one side of the split.

    ``float_model``, ``int8_model`` and ``c_model`` are ``float``, ``int8`` and ``c`` in JSON:
    the trained network, its quantised form and the compiled C. ``balanced`` (mean recall
    of the classes) and ``interval95`` (bootstrap over groups) are the C's; ``majority`` is
    what always naming the commonest class would score.
    """

    float_model: float = field(metadata={"json": "float"})
    int8_model: float = field(metadata={"json": "int8"})
    c_model: float = field(metadata={"json": "c"})
    balanced: float
    interval95: tuple[float, float]
    majority: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Accuracy on the part that chose the model and on the part that chose nothing."""

    validation: PartAccuracy
    test: PartAccuracy


@dataclass(frozen=True, slots=True)
class FootprintPair:
    """What the description predicted and what the built C showed.

    Each figure of either carries its own source, because a linked binary has measured
    flash while its latency may still be predicted.
    """

    predicted: Footprint
    measured: Footprint


@dataclass(frozen=True, slots=True)
class Parity:
    """How many samples were run through the C, on how many it equals ``oracle`` in every byte."""

    samples: int
    identical: int
    oracle: str


@dataclass(frozen=True, slots=True)
class Report:
    """One fit. ``binding`` names the worst broken ceiling of a model that does not fit, and
    ``remedies`` what would let something fit where no design does.

    ``per_class`` (in the order of ``data.classes``) and ``confusion`` are the C's on the
    test part. ``threshold``: below this score the answer is "unsure"; chosen on validation.
    """

    status: Status
    binding: Resource | None
    name: str
    data: DataSummary
    target: TargetSummary
    budget: Budget
    optimize: Optimize
    candidate: CandidateSummary
    accuracy: Accuracy
    per_class: Mapping[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    threshold: float
    footprint: FootprintPair
    parity: Parity
    search: SearchSummary
    predictions: PredictionSummary
    versions: Mapping[str, str]
    seed: int
    remedies: Remedies | None = None
    schema_version: int = SCHEMA_VERSION


def _groups(dataset: Dataset, part: Part) -> int:
    return len({sample.group for sample in dataset.part(part)})
