"""The runs of a project: each a process of its own, which goes on when every page is closed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import TypeVar

from filelock import FileLock, Timeout

from automl_edge.domain.run import FitSpec, PickSpec
from automl_edge.errors import AutomlEdgeError, RunDirectoryError, UsageError
from automl_edge.report.codec import from_json, to_json
from automl_edge.report.files import JSON_NAME, read_report
from automl_edge.report.model import Report
from automl_edge.studio.course import Course, read_course
from automl_edge.studio.projects import Project
from automl_edge.studio.storing import link_or_copy

T = TypeVar("T")

_ASKED = "asked.json"
_PICKED = "picked.json"
_LOCK = "running.lock"
_LAST = ".last"
_STOP = "stop"
_LOG = "log.txt"
_HIDDEN = shutil.ignore_patterns(".*")
_HOLD_SECONDS = 10.0

_started: dict[Path, subprocess.Popen[bytes]] = {}
"""The processes that this one has started: a new one takes a while until it holds its lock."""

_one_at_a_time = Lock()
"""Held while a lock is probed or a run is made: two pages of this process must not meet there."""


class State(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: ``root`` has the studio's own files, ``data`` the samples as they were when it
    began, and ``out`` is the run directory itself."""

    root: Path

    @property
    def name(self) -> str:
        """Its number in the project, from 1."""
        return self.root.name

    @property
    def data(self) -> Path:
        """What it was started with: the project's samples may change meanwhile."""
        return self.root / "data"

    @property
    def out(self) -> Path:
        """What ``automl-edge fit`` would have written."""
        return self.root / "model"

    @property
    def asked(self) -> FitSpec:
        """What it was asked for; raises RunDirectoryError if that cannot be read."""
        return self._read(FitSpec, _ASKED)

    @property
    def picked(self) -> PickSpec | None:
        """The point of another run's front that it is, None for a search; raises
        RunDirectoryError if that cannot be read."""
        return self._read(PickSpec, _PICKED) if (self.root / _PICKED).exists() else None

    @property
    def course(self) -> Course:
        """How it is going."""
        return read_course(self.root)

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        process = _started.get(self.root)
        if process is not None and process.poll() is None:
            return True
        with _one_at_a_time:
            return _is_held(self.root)

    @property
    def state(self) -> State:
        """Where it is."""
        if self.is_running:
            return State.RUNNING
        course = self.course
        if course.message:
            return State.FAILED
        return State.FINISHED if course.finished else State.INTERRUPTED

    @property
    def wants_to_stop(self) -> bool:
        """Whether somebody asked it to stop with the best it has."""
        return (self.root / _STOP).exists()

    @property
    def made(self) -> int:
        """When its report was written, in nanoseconds; 0 before: numbers of runs come again."""
        report = self.out / JSON_NAME
        return report.stat().st_mtime_ns if report.exists() else 0

    def report(self) -> Report | None:
        """Its report; None before there is one. Raises RunDirectoryError for a damaged one."""
        return read_report(self.out) if (self.out / JSON_NAME).exists() else None

    def _read(self, kind: type[T], name: str) -> T:
        try:
            return from_json(kind, json.loads((self.root / name).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise RunDirectoryError(
                f"What search {self.name} was asked for cannot be read.",
                "Delete it on the page of all searches.",
            ) from problem


def list_runs(project: Project) -> tuple[Run, ...]:
    """The runs of ``project``, the latest first."""
    if not project.runs.is_dir():
        return ()
    numbers = [int(path.name) for path in project.runs.iterdir() if path.name.isdecimal()]
    return tuple(Run(project.runs / str(number)) for number in sorted(numbers, reverse=True))


def start_run(project: Project) -> Run:
    """Start what the project's wishes ask for, on its samples as they are now.

    Raises UsageError while another one runs.
    """
    _check_none_runs(project)
    run = _new_run(project)
    try:
        shutil.copytree(project.data, run.data, copy_function=link_or_copy, ignore=_HIDDEN)
        _ask(run, project.wishes().spec(run.data.resolve(), run.out.resolve()))
    except BaseException:
        shutil.rmtree(run.root, ignore_errors=True)
        raise
    _spawn(run)
    return run


def start_pick(project: Project, source: Run, number: int) -> Run:
    """Export point ``number`` of the front of ``source`` as a run of its own; raises UsageError
    while another one runs."""
    _check_none_runs(project)
    asked = source.asked
    run = _new_run(project)
    _ask(run, asked)
    spec = PickSpec(source.out.resolve(), number, out=run.out.resolve())
    _write(run.root / _PICKED, spec)
    _spawn(run)
    return run


def go_on(run: Run) -> None:
    """Start an interrupted run again where it stopped; raises UsageError while it runs."""
    if run.is_running:
        raise UsageError("This search is running already.", "Wait for its end.")
    _ask(run, replace(run.asked, resume=run.out.exists()))
    _spawn(run)


def stop_run(run: Run) -> None:
    """Ask a run to end with the best model that it has."""
    (run.root / _STOP).touch()


def delete_run(project: Project, run: Run) -> None:
    """Delete a run for good; raises UsageError while it runs, or where another was picked of it."""
    if run.is_running:
        raise UsageError("This search is still running.", "Stop it first.")
    picked = [each.name for each in list_runs(project) if _is_picked_of(each, run)]
    if picked:
        raise UsageError(
            f"Search {', '.join(picked)} was taken from this one and needs its samples.",
            "Delete that one first.",
        )
    shutil.rmtree(run.root)


def log_of(run: Run) -> str:
    """What its process printed, for a report about a fault of ours."""
    try:
        return (run.root / _LOG).read_text("utf-8", "replace")
    except OSError:
        return ""


def hold(run: Run) -> AbstractContextManager[object]:
    """Take the lock that tells pages that ``run`` is running, until the ``with`` ends; raises
    UsageError if another process holds it."""
    try:
        return FileLock(run.root / _LOCK).acquire(timeout=_HOLD_SECONDS)
    except Timeout:
        raise UsageError("This search is running already.", "Wait for its end.") from None


def report_of(run: Run) -> Report | None:
    """Its report, None where there is none that can be read."""
    try:
        return run.report()
    except AutomlEdgeError:
        return None


def _is_held(root: Path) -> bool:
    if not root.is_dir():  # deleted meanwhile; asking for the lock would make it again
        return False
    try:
        with FileLock(root / _LOCK).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _is_picked_of(run: Run, source: Run) -> bool:
    try:
        picked = run.picked
    except AutomlEdgeError:
        return False
    return picked is not None and picked.run == source.out.resolve()


def _check_none_runs(project: Project) -> None:
    if any(run.is_running for run in list_runs(project)):
        raise UsageError(
            "A search of this project is running already.", "Stop it first, or wait for its end."
        )


def _new_run(project: Project) -> Run:
    with _one_at_a_time:
        number = 1 + max(_last(project), *(int(run.name) for run in list_runs(project)), 0)
        root = project.runs / str(number)
        root.mkdir(parents=True)
        (project.runs / _LAST).write_text(str(number), "utf-8")
    return Run(root)


def _last(project: Project) -> int:
    """The highest number that was ever given: a deleted run's downloads keep theirs."""
    try:
        return int((project.runs / _LAST).read_text("utf-8"))
    except (OSError, ValueError):
        return 0


def _ask(run: Run, spec: FitSpec) -> None:
    (run.root / _STOP).unlink(missing_ok=True)
    _write(run.root / _ASKED, spec)


def _write(path: Path, spec: FitSpec | PickSpec) -> None:
    path.write_text(json.dumps(to_json(spec), indent=2) + "\n", "utf-8")


def _spawn(run: Run) -> None:
    """A process that has nothing to do with the page's: closing that must not end it."""
    command = (sys.executable, "-P", "-m", "automl_edge.studio.fitting", str(run.root))
    paths = os.pathsep.join(path for path in sys.path if path)
    with (run.root / _LOG).open("ab") as log:
        _started[run.root] = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"},
            start_new_session=True,
        )
