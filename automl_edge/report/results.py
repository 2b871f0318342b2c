"""What the commands other than ``fit`` return; ``report.codec`` gives each its JSON form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_edge.domain.candidate import Value
from automl_edge.domain.dataset import SetAside
from automl_edge.domain.footprint import Footprint, Resource, Violation
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.remedies import Remedies
from automl_edge.domain.target import Budget
from automl_edge.report.model import DataSummary, FootprintPair, Parity, Report, TargetSummary
from automl_edge.report.searched import UNCORRECTED, CorrectionSummary
from automl_edge.scores import ClassScore
from automl_edge.scores import Evaluation as Scored


@dataclass(frozen=True, slots=True)
class FitResult:
    """A finished fit: its report, and the run directory that holds everything else.

    ``size_would_fit``: nothing fits, but something would when optimized for size.
    ``picked_from`` is the run whose front it was picked from, None for a fit itself.
    """

    report: Report
    out: Path
    size_would_fit: bool = False
    picked_from: Path | None = None


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One untrained candidate, converted, compiled and measured.

    ``parity`` compares its C with the oracle on random inputs.
    """

    space: str
    values: Mapping[str, Value]
    footprint: FootprintPair
    fits: bool
    parity: Parity


@dataclass(frozen=True, slots=True)
class Plan:
    """What is feasible before any training.

    ``sampled`` candidates were rated from their descriptions, ``feasible`` of them inside
    the budget; ``rows`` are the ones that were built, cheapest first. When nothing fits,
    ``rows`` holds the nearest, ``binding`` its worst broken ceiling, ``remedies`` what would let
    something fit, and ``size_would_fit`` tells whether something would fit when optimized for
    size. ``corrections`` went into all predictions.
    """

    data: DataSummary
    target: TargetSummary
    budget: Budget
    optimize: Optimize
    sampled: int
    feasible: int
    binding: Resource | None
    size_would_fit: bool
    rows: tuple[PlanRow, ...]
    corrections: CorrectionSummary = UNCORRECTED
    remedies: Remedies | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a budget leaves room for, as predicted: ``feasible`` of ``sampled`` candidates.

    ``smallest`` and ``largest`` of these are by multiply-accumulates, None where nothing fits:
    then ``missing`` says what the nearest candidate breaks, worst first.
    """

    budget: Budget
    sampled: int
    feasible: int
    smallest: Footprint | None
    largest: Footprint | None
    missing: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """A recording of the test part that the C answers wrongly: ``score`` (0 to 1) of its
    ``answer``. ``path`` is relative to the data."""

    path: str
    truth: str
    answer: str
    score: float


@dataclass(frozen=True, slots=True)
class CompileResult:
    """The C library of one ``.tflite``: ``files`` are relative to ``out``."""

    target: TargetSummary
    optimize: Optimize
    out: Path
    files: tuple[str, ...]
    footprint: FootprintPair
    parity: Parity


@dataclass(frozen=True, slots=True)
class Prediction:
    """The C's answer for one file: the best label, every label's score (0 to 1)."""

    path: str
    label: str
    scores: Mapping[str, float]
    unsure: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The compiled C on labelled data: see PartAccuracy and Report for the terms.

    ``per_class`` is in the order of the model's classes, as are the rows of ``confusion``.
    ``trained_on`` counts samples whose path is one that the run was trained on.
    """

    accuracy: float
    balanced: float
    interval95: tuple[float, float]
    majority: float
    per_class: Mapping[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    samples: int
    set_aside: tuple[SetAside, ...] = ()
    trained_on: int = 0

    @staticmethod
    def of(
        scored: Scored,
        classes: Sequence[str],
        set_aside: tuple[SetAside, ...],
        trained_on: int,
    ) -> Evaluation:
        """What ``scored`` says about answers among ``classes``, with what could not be used."""
        return Evaluation(
            accuracy=scored.accuracy,
            balanced=scored.balanced,
            interval95=scored.interval95,
            majority=scored.majority,
            per_class=dict(zip(classes, scored.per_class, strict=True)),
            confusion=scored.confusion,
            samples=sum(score.support for score in scored.per_class),
            set_aside=set_aside,
            trained_on=trained_on,
        )


@dataclass(frozen=True, slots=True)
class ExampleData:
    """Sample data that was written into ``folder``; ``source`` says whose it is."""

    name: str
    folder: Path
    samples: int
    source: str
