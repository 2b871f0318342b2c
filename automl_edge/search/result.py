"""What a search found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.footprint import Violation
from automl_edge.domain.quantisation import Quantisation
from automl_edge.search.checks import Learning
from automl_edge.search.finalists import Finalists
from automl_edge.search.records import Ended
from automl_edge.training import Weights


@dataclass(frozen=True, slots=True)
class Point:
    """One training in the search's picture: int8 validation accuracy and cost.

    Trainings of one ``parent`` are of one design.
    """

    number: int
    space: str
    accuracy: float
    latency_ms: float
    flash_bytes: int
    ram_bytes: int
    parent: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """int8 validation accuracy after a short training on a share of the training part."""

    share: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Unlimited:
    """A design that need not fit, and its int8 validation accuracy: the data give that at least."""

    accuracy: float
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Model:
    """What training ``number`` left: the ``.tflite``, the weights of its float network, and how
    the one was made of the other."""

    number: int
    tflite: bytes
    weights: Weights
    quantisation: Quantisation


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The winner and what the search saw.

    ``judged`` is the winner as its validation accuracy was measured, ``chosen`` its number
    among ``points``; ``shipped`` is the same, or the same trained on with the validation part
    added. ``status`` is "nearest" when nothing fits:
    ``candidate`` then is the least over its budget and ``violations`` what it breaks,
    worst first. ``score`` is the validation accuracy per recording. ``sampled`` and ``infeasible``
    count designs, ``trained`` trainings, ``seconds`` those of this process; ``points`` are all
    comparable trainings, as the predictor rates them in the end. ``curve`` tells what less data
    would have given and ``unlimited`` what a larger chip might, if there was time to see.

    ``folded`` is the cross-validated accuracy of the winner's design in short trainings, where few
    recordings are held out: then it chose the design.

    ``learning`` tells of the finalists that were measured; the prediction in ``candidate``
    was made before its own was.
    """

    status: Literal["fits", "nearest"]
    candidate: Candidate
    shipped: Model
    judged: Model
    chosen: int
    score: float
    violations: tuple[Violation, ...]
    sampled: int
    infeasible: int
    trained: int
    seconds: float
    points: tuple[Point, ...]
    curve: tuple[CurvePoint, ...]
    unlimited: Unlimited | None
    learning: Learning
    folded: float | None = None

    @property
    def quantisation(self) -> Quantisation:
        """How what ships became int8."""
        return self.shipped.quantisation

    @property
    def refit(self) -> bool:
        """Whether what ships has seen the validation part."""
        return self.shipped.number != self.judged.number


def points_of(ended: Sequence[Ended], finals: Finalists) -> tuple[Point, ...]:
    """The points of the trainings that succeeded."""
    return tuple(_point(each, finals) for each in ended if not each.failure)


def _point(ended: Ended, finals: Finalists) -> Point:
    cost = finals.rebuilt(ended.proposal).candidate.footprint
    return Point(
        ended.number,
        ended.proposal.space,
        ended.score,
        cost.latency_ms,
        cost.flash_bytes,
        cost.ram_bytes,
        ended.parent,
    )
