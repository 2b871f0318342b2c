"""Finalists measured before they may win, and what that teaches the predictor.

Each is measured once and gets a line in the journal. Corrections change at these lines alone,
so that a resumed search rates designs as an uninterrupted one would have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from automl_edge.costs.correction import NO_CORRECTIONS, Corrections, MeasuredModel
from automl_edge.costs.kept import from_json as corrections_from_json
from automl_edge.costs.kept import model_from_json, model_to_json
from automl_edge.costs.kept import to_json as corrections_to_json
from automl_edge.device.measure import predicted_cycles, will_run
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.footprint import Figures
from automl_edge.domain.target import Target
from automl_edge.errors import RunDirectoryError
from automl_edge.feedback import Measured
from automl_edge.search.asked import ASKED
from automl_edge.search.journal import Journal
from automl_edge.search.records import Ended

T = TypeVar("T")

START = "corrections"
MEASURED = "measured"

PROMPT_CYCLES = 50_000_000
PROMPT_SECONDS = 5.0
"""Designs of so many predicted cycles at most are measured while the search goes on: about
so long on the emulated core. Others are when they are about to win."""

Measure = Callable[[Candidate, bytes], Measured]
"""What a candidate's ``.tflite`` takes, as measured on the linked and emulated C."""


@dataclass(frozen=True, slots=True)
class Check:
    """One training's model, measured.

    ``predicted`` is what was said before anything of its design was measured; ``known`` how
    many checks had been made by then. ``lesson`` is None where nothing was emulated.
    """

    number: int
    parent: int
    known: int
    predicted: Figures
    measured: Figures
    lesson: MeasuredModel | None

    @property
    def latency_error(self) -> float | None:
        """Predicted over measured latency, less 1; None where it was not measured."""
        if self.lesson is None:
            return None
        return self.predicted.latency_ms / self.measured.latency_ms - 1


@dataclass(frozen=True, slots=True)
class Learning:
    """What the predictor was corrected by when a run began and when it ended, and the checks
    in between. ``mean_error`` is that of ``Checks``."""

    start: Corrections
    end: Corrections
    checks: tuple[Check, ...]
    mean_error: float | None

    @property
    def lessons(self) -> tuple[MeasuredModel, ...]:
        """What was learnt, for later runs."""
        return tuple(check.lesson for check in self.checks if check.lesson is not None)


class Checks:
    """The checks of one run in order, those in the journal first."""

    def __init__(self, journal: Journal, start: Corrections) -> None:
        self._journal = journal
        self.start = _start_of(journal, start)
        self._done = [_from_json(r) for r in journal.records if r.get("record") == MEASURED]

    @property
    def learning(self) -> Learning:
        """What happened so far."""
        return Learning(self.start, self.corrections, tuple(self._done), self.mean_error)

    @property
    def corrections(self) -> Corrections:
        """The corrections that the run started with, and all that it learnt."""
        return self._after(len(self._done))

    @property
    def mean_error(self) -> float | None:
        """Mean size of the latency's error, each design counted once; None without any."""
        errors = {check.parent: check.latency_error for check in self._done}
        known = [abs(error) for error in errors.values() if error is not None]
        return sum(known) / len(known) if known else None

    def of(self, number: int) -> Check | None:
        """The check of training ``number``, if it was made."""
        return next((check for check in self._done if check.number == number), None)

    def before(self, ended: Ended) -> Corrections:
        """The corrections before anything of the design of ``ended`` was measured."""
        first = self._first_of(ended.parent)
        return self._after(first.known if first else len(self._done))

    def add(self, ended: Ended, candidate: Candidate, found: Measured) -> Check:
        """Note what measuring the model of ``ended`` showed; ``candidate`` is as predicted."""
        first = self._first_of(ended.parent)
        check = Check(
            number=ended.number,
            parent=ended.parent,
            known=first.known if first else len(self._done),
            predicted=candidate.footprint.figures,
            measured=found.footprint.figures,
            lesson=found.lesson,
        )
        self._journal.append(_to_json(check))
        self._done.append(check)
        return check

    def _first_of(self, parent: int) -> Check | None:
        """The first check of a training of the design of trial ``parent``."""
        return next((check for check in self._done if check.parent == parent), None)

    def _after(self, count: int) -> Corrections:
        lessons = (check.lesson for check in self._done[:count])
        return self.start.learnt(*(lesson for lesson in lessons if lesson is not None))


def is_prompt(candidate: Candidate, target: Target) -> bool:
    """Whether measuring ``candidate`` takes so little time that a search can wait for it: where it
    is not run, its C is linked at most."""
    cycles = predicted_cycles(target, candidate.footprint)
    return cycles <= PROMPT_CYCLES or not will_run(target, candidate.footprint)


def emulation_seconds(candidate: Candidate, target: Target) -> float:
    """What measuring ``candidate`` takes on the emulated core, by PROMPT_CYCLES."""
    return PROMPT_SECONDS * predicted_cycles(target, candidate.footprint) / PROMPT_CYCLES


def _start_of(journal: Journal, start: Corrections) -> Corrections:
    """What the journal says that the run started with; a new run's is ``start``, noted there.

    A run that was begun by a version which noted nothing had no corrections.
    """
    for record in journal.records:
        if record.get("record") == START:
            with_format = {name: value for name, value in record.items() if name != "record"}
            return _readable(corrections_from_json, with_format)
    if any(record.get("record") != ASKED for record in journal.records):
        return NO_CORRECTIONS
    journal.append({"record": START, **corrections_to_json(start)})
    return start


def _to_json(check: Check) -> dict[str, Any]:
    lesson = model_to_json(check.lesson) if check.lesson else None
    return {"record": MEASURED, **asdict(check), "lesson": lesson}


def _from_json(record: Mapping[str, Any]) -> Check:
    return _readable(_check, record)


def _check(record: Mapping[str, Any]) -> Check:
    return Check(
        number=record["number"],
        parent=record["parent"],
        known=record["known"],
        predicted=Figures(**record["predicted"]),
        measured=Figures(**record["measured"]),
        lesson=model_from_json(record["lesson"]) if record["lesson"] else None,
    )


def _readable(read: Callable[[Mapping[str, Any]], T], record: Mapping[str, Any]) -> T:
    try:
        return read(record)
    except (KeyError, TypeError, ValueError) as problem:
        raise RunDirectoryError(
            f"the journal holds a measurement that this version cannot read ({problem})",
            "Start a new run in another folder.",
        ) from problem
