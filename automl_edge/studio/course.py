"""How a run is going, as lines in a file: its process writes them, any page reads them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from automl_edge.domain.run import (
    CandidateMeasured,
    Event,
    Note,
    Progress,
    StageStarted,
    TrialEnded,
)
from automl_edge.errors import AutomlEdgeError

FILE = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Seen:
    """A candidate that was trained: validation accuracy (0 to 1), cost as predicted."""

    number: int
    space: str
    accuracy: float
    flash_bytes: int
    ram_bytes: int
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Course:
    """What a run told so far. ``clock`` is when its latest process began (seconds since 1970) and
    ``limit`` how many seconds that may take, None for as many as it needs. ``message`` and
    ``hint`` say why it failed.
    """

    stage: str = ""
    detail: str = ""
    notes: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    clock: float = 0.0
    limit: float | None = None
    finished: bool = False
    message: str = ""
    hint: str = ""

    def left(self, now: float) -> float | None:
        """Seconds left at most at ``now`` (seconds since 1970); None where nothing limits them."""
        return None if self.limit is None else max(0.0, self.limit - (now - self.clock))

    def done(self, now: float) -> float:
        """The share of the time that is over, 0 to 1."""
        if self.finished:
            return 1.0
        return 0.0 if not self.limit else min(1.0, max(0.0, now - self.clock) / self.limit)

    @property
    def best(self) -> Seen | None:
        """The most accurate candidate so far."""
        return max(self.seen, key=lambda each: each.accuracy, default=None)


class CourseWriter:
    """Appends to the course in ``folder``; a resumed run goes on with what is there."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._mend()

    def began(self, limit: float | None = None) -> None:
        """Note that a process began, which may take ``limit`` seconds."""
        self._append({"kind": "began", "limit": limit, "clock": time.time()})

    def tell(self, event: Event) -> None:
        """Note ``event``."""
        line = _line(event)
        if line is not None:
            self._append(line)

    def failed(self, problem: AutomlEdgeError) -> None:
        """Note that the run ended without a model."""
        self._append({"kind": "failed", "message": problem.message, "hint": problem.hint})

    def finished(self) -> None:
        """Note that the run ended with one."""
        self._append({"kind": "finished"})

    def _mend(self) -> None:
        """End a line that was torn when the power went: the next one must begin anew."""
        if self._path.exists() and not self._path.read_bytes().endswith((b"\n",)):
            with self._path.open("ab") as file:
                file.write(b"\n")

    def _append(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read_course(folder: Path) -> Course:
    """What the run in ``folder`` told so far; a torn last line is left for the next look."""
    course = Course()
    for line in _read_lines(folder / FILE):
        course = _after(course, line)
    return course


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    for text in path.read_text("utf-8", "replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict):
            yield line


def _line(event: Event) -> dict[str, Any] | None:
    match event:
        case StageStarted(name, detail):
            return {"kind": "stage", "name": name, "detail": detail}
        case Note(text):
            return {"kind": "note", "text": text}
        case TrialEnded():
            cost = event.candidate.footprint
            seen = Seen(
                event.number,
                event.candidate.space,
                event.score,
                cost.flash_bytes,
                cost.ram_bytes,
                cost.latency_ms,
            )
            return {"kind": "trial", "seen": asdict(seen)}
        case CandidateMeasured() | Progress():
            return None


def _after(course: Course, line: dict[str, Any]) -> Course:
    """``course`` with what ``line`` says."""
    match line.get("kind"):
        case "began":
            begun = replace(course, clock=float(line["clock"]), limit=line["limit"])
            return replace(begun, message="", hint="", finished=False)
        case "stage":
            return replace(course, stage=str(line["name"]), detail=str(line["detail"]))
        case "note":
            return replace(course, notes=(*course.notes, str(line["text"])))
        case "trial":
            return replace(course, seen=(*course.seen, Seen(**line["seen"])))
        case "failed":
            return replace(course, message=str(line["message"]), hint=str(line["hint"]))
        case "finished":
            return replace(course, finished=True)
    return course
