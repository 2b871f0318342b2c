"""What ``report.json`` says of the search: its predictions, its trials, its front, its limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.domain.footprint import Figures


@dataclass(frozen=True, slots=True)
class CorrectionSummary:
    """What predicted cycles were corrected by: how many measured models taught it, factors by
    kernel and front end, and a hash of these; the same one means the same predictions."""

    models: int
    digest: str
    factors: Mapping[str, float]

    @staticmethod
    def of(corrections: Corrections) -> CorrectionSummary:
        """The summary of ``corrections``."""
        return CorrectionSummary(
            len(corrections.models), corrections.digest, dict(corrections.factors)
        )


UNCORRECTED = CorrectionSummary.of(NO_CORRECTIONS)
"""Predictions straight from the cost tables."""


@dataclass(frozen=True, slots=True)
class CheckedTrial:
    """A training whose model was measured during the search, and what had been predicted.

    ``latency_error`` is predicted over measured, less 1; None where nothing was emulated.
    """

    number: int
    predicted: Figures
    measured: Figures
    latency_error: float | None


@dataclass(frozen=True, slots=True)
class PredictionSummary:
    """How predictions were corrected when the run began and when it ended, and how far off
    they were: ``mean_error`` is the mean size of the latency's error, each design once."""

    start: CorrectionSummary
    end: CorrectionSummary
    checks: tuple[CheckedTrial, ...]
    mean_error: float | None


@dataclass(frozen=True, slots=True)
class TrialPoint:
    """One training: the int8 validation accuracy of what it made, and its predicted cost.

    ``parent`` is the trial that a final training went on from, its own number otherwise:
    trainings of one parent are of one design.
    """

    number: int
    space: str
    score: float
    flash_bytes: int
    ram_bytes: int
    latency_ms: float
    parent: int

    @property
    def figures(self) -> Figures:
        """What a budget limits, predicted."""
        return Figures(self.flash_bytes, self.ram_bytes, self.latency_ms)


WORTH_TELLING = 0.01
"""Gains of accuracy below this are not told from chance on a few hundred recordings."""


@dataclass(frozen=True, slots=True)
class LearningPoint:
    """int8 validation accuracy after a short training on a share of the training part."""

    share: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class UnlimitedSummary:
    """A network of the winner's family that need not fit, trained as shortly as the winner's
    design at first: its int8 validation accuracy and multiply-accumulates."""

    accuracy: float
    macs: int


class Limit(StrEnum):
    """What more of would help most."""

    DATA = "data"
    MODEL = "model"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """What the search did: candidates sampled, rejected on prediction, trained.

    ``front`` is the Pareto set over accuracy, flash, RAM and latency, see ``front_of``;
    ``chosen`` is the number of the training that won. With ``refit`` what ships was trained on
    with the validation part added; the validation accuracies are those from before.
    ``curve``: what less data would have given, the winner's design trained shortly.
    ``unlimited`` is None where nothing clearly larger could be trained in the time.
    ``cross_validated``: where few recordings are held out, the mean accuracy of the winner's design
    on the folds of all recordings but the test part's, trained shortly without each; it chose the
    design.
    """

    sampled: int
    infeasible: int
    trained: int
    seconds: float
    trials: tuple[TrialPoint, ...]
    front: tuple[TrialPoint, ...]
    chosen: int
    refit: bool = False
    curve: tuple[LearningPoint, ...] = ()
    unlimited: UnlimitedSummary | None = None
    cross_validated: float | None = None

    @property
    def gains(self) -> Mapping[Limit, float]:
        """What twice the data (DATA) and a larger network (MODEL) would gain, as far as tried.

        Short trainings are compared with short ones: the larger network with the first training
        of the winner's design.
        """
        gains = {}
        if [point.share for point in self.curve[-2:]] == [0.5, 1.0]:
            gains[Limit.DATA] = self.curve[-1].accuracy - self.curve[-2].accuracy
        designs = [trial.parent for trial in self.trials if trial.number == self.chosen]
        short = [trial.score for trial in self.trials if [trial.number] == designs]
        if self.unlimited is not None and short:
            gains[Limit.MODEL] = self.unlimited.accuracy - short[0]
        return gains

    @property
    def limit(self) -> Limit | None:
        """Whether twice the data or a larger network would gain more; NEITHER where both gain less
        than WORTH_TELLING, None where not both were tried and nothing gains so much."""
        gains = self.gains
        largest = max(gains, key=lambda limit: gains[limit], default=None)
        if largest is not None and gains[largest] >= WORTH_TELLING:
            return largest
        return Limit.NEITHER if len(gains) == 2 else None


def front_of(trials: Iterable[TrialPoint], chosen: int) -> tuple[TrialPoint, ...]:
    """The Pareto set over accuracy, flash, RAM and latency, most accurate first.

    A point is in it if no other is at least as good in all four and better in one. Of the
    trainings of one design the ``chosen`` one counts, else the most accurate, of equally
    accurate ones the last, which was trained for the longest. The chosen one is always in it: what
    beats it as predicted did not fit as measured, or lost when cross-validated.
    """
    designs: dict[int, TrialPoint] = {}
    for trial in trials:
        best = designs.setdefault(trial.parent, trial)
        designs[trial.parent] = max(
            best, trial, key=lambda each: (each.number == chosen, each.score, each.number)
        )
    points = tuple(designs.values())
    front = (p for p in points if p.number == chosen or not any(_beats(q, p) for q in points))
    return tuple(sorted(front, key=lambda each: (-each.score, each.latency_ms, each.number)))


def _beats(one: TrialPoint, other: TrialPoint) -> bool:
    """Whether ``one`` is nowhere worse than ``other`` and somewhere better."""
    ours, theirs = _costs(one), _costs(other)
    return ours != theirs and all(mine <= its for mine, its in zip(ours, theirs, strict=True))


def _costs(point: TrialPoint) -> tuple[float, ...]:
    """Four figures of which less is better."""
    return (-point.score, point.flash_bytes, point.ram_bytes, point.latency_ms)
