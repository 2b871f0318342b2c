"""What a user asks for, and what they are told while it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.dataset import Modality
from automl_edge.domain.footprint import Figures
from automl_edge.domain.optimize import Optimize

DEFAULT_TIME_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class FitSpec:
    """One fit, as all faces ask for it. Bytes, milliseconds and seconds; None is "not limited".

    Without ``time_limit`` and ``trials`` a fit takes DEFAULT_TIME_LIMIT seconds at most.
    ``space`` names a family or a user's own file; None lets all that suit compete.
    ``backbone`` is a Keras .h5 file (or a folder of them) with pretrained weights for photos,
    "imagenet" for those of keras.applications, or "none"; None takes what the environment
    variable AUTOML_EDGE_BACKBONE says, or else ImageNet's if they can be had. With
    ``learnt`` the predictor starts with what earlier runs on this machine measured on the
    target's core: the result then depends on them. ``workers`` is how many trainings are done at
    a time, each in a process of its own; with more than one, what the search learns first, and
    so its result, depends on timing.
    """

    data: Path
    target: str
    out: Path
    flash: int | None = None
    ram: int | None = None
    latency_ms: float | None = None
    time_limit: float | None = None
    trials: int | None = None
    modality: Modality | None = None
    test: Path | None = None
    split: Path | None = None
    group_by: str | None = None
    space: str | None = None
    backbone: Path | str | None = None
    optimize: Optimize = Optimize.BALANCED
    seed: int = 1
    learnt: bool = False
    name: str = "model"
    resume: bool = False
    workers: int = 1


@dataclass(frozen=True, slots=True)
class PickSpec:
    """Another point of the front of the finished run in ``run``.

    Either ``number`` names it, or it is the most accurate within smaller limits: bytes and
    milliseconds, None leaves what the run had. ``data``, ``test`` and ``backbone`` say where the
    run's data and pretrained weights are now, if not where they were. Without ``out`` it goes
    beside the run, to RUN-pick-NUMBER.
    """

    run: Path
    number: int | None = None
    flash: int | None = None
    ram: int | None = None
    latency_ms: float | None = None
    data: Path | None = None
    test: Path | None = None
    backbone: Path | str | None = None
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A step of the pipeline began; ``detail`` is a sentence about it."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the user should know, in one sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A candidate was trained and scored: ``score`` is int8 validation accuracy, 0 to 1."""

    number: int
    candidate: Candidate
    score: float
    best: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class CandidateMeasured:
    """The model of training ``number`` was linked and run on the emulated core.

    ``predicted`` was said before. ``latency_error`` is predicted over measured, less 1, and
    ``mean_error`` the mean size of this run's so far; None where nothing was emulated.
    """

    number: int
    predicted: Figures
    measured: Figures
    latency_error: float | None
    mean_error: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` steps of the current stage."""

    done: int
    total: int


Event = StageStarted | Note | TrialEnded | CandidateMeasured | Progress
OnEvent = Callable[[Event], None]


class Enough(Exception):
    """Raised by a listener who wants the best so far: the search ends, and that one is proved and
    delivered as ever. It is heard at a TrialEnded or a Progress, once; elsewhere it is ignored."""


def enough_once(on_event: OnEvent) -> OnEvent:
    """``on_event``, whose Enough passes once, and only where a search can end."""
    heard = False

    def tell(event: Event) -> None:
        nonlocal heard
        try:
            on_event(event)
        except Enough:
            if not heard and isinstance(event, TrialEnded | Progress):
                heard = True
                raise

    return tell


def ignore_events(event: Event) -> None:
    """For callers that do not listen."""
    del event
