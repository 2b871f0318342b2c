"""A whole batch: what is finished is left alone, the rest is done, and the summary kept up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from automl_edge.batch.crews import Crew, LocalCrew
from automl_edge.batch.fitting import Outcome
from automl_edge.batch.manifest import Job, jobs_of, read_manifest
from automl_edge.batch.ray_crew import RayCrew
from automl_edge.batch.requests import check_same_data, check_unchanged, note_requests
from automl_edge.batch.rows import Row, State, failed_row, finished_row, waiting_row
from automl_edge.batch.summary import write_summary
from automl_edge.domain.run import Event
from automl_edge.errors import AutomlEdgeError, EnvironmentProblem, RunDirectoryError
from automl_edge.report.files import JSON_NAME, read_report
from automl_edge.report.model import Report

LOCK = ".batch.lock"


@dataclass(frozen=True, slots=True)
class JobBegan:
    """A job was handed out."""

    job: str


@dataclass(frozen=True, slots=True)
class JobTold:
    """An event of a job's fit; see ``domain/run.py``."""

    job: str
    event: Event


@dataclass(frozen=True, slots=True)
class JobEnded:
    """What became of a job; ``before`` this batch began if it was finished already."""

    row: Row
    before: bool = False


OnBatchEvent = Callable[[JobBegan | JobTold | JobEnded], None]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A row for each job, in the manifest's order; everything else is in the folder ``out``."""

    out: Path
    rows: tuple[Row, ...]

    @property
    def failed(self) -> tuple[Row, ...]:
        """The jobs that did not give a model within their budget."""
        return tuple(row for row in self.rows if row.state is not State.FITS)


def ignore_batch_events(event: JobBegan | JobTold | JobEnded) -> None:
    """For callers that do not listen."""
    del event


def run_batch(
    manifest: str | Path | Mapping[str, Any],
    out: str | Path,
    jobs: int = 1,
    ray: str | None = None,
    on_event: OnBatchEvent = ignore_batch_events,
) -> BatchResult:
    """Do the jobs of ``manifest``, a YAML file or what it would hold, into the folder ``out``.

    Each job has a run directory there, as ``fit`` writes it, and ``summary.csv``, ``.json`` and
    ``.html`` tell of all. Jobs that are finished there are not done again; others go on where they
    stopped. ``jobs`` run at a time, each on its share of the cores; with ``ray``, the address
    of a Ray cluster or "local", the cluster decides. A job that fails is a row that says why, and
    the others go on. Raises UsageError for a manifest that cannot be used, RunDirectoryError if
    another batch works in ``out``, EnvironmentProblem if it cannot be written or there is no Ray.
    """
    place = Path(out)
    wanted = _wanted(manifest, place)
    crew = RayCrew(ray) if ray is not None else LocalCrew(jobs)
    _make(place)
    lock = FileLock(place / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunDirectoryError(
            f"another batch is working in {place}", "Wait for it, or choose another --out."
        ) from None
    try:
        return _Batch(place, wanted, on_event).run(crew)
    finally:
        lock.release()


def _wanted(manifest: str | Path | Mapping[str, Any], out: Path) -> tuple[Job, ...]:
    if isinstance(manifest, Mapping):
        return jobs_of(manifest, Path(), out)
    return read_manifest(Path(manifest), out)


def _make(place: Path) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot make the folder {place}: {problem.strerror}", "Choose another --out."
        ) from problem


class _Batch:
    """The rows of the jobs as they come in."""

    def __init__(self, out: Path, jobs: Sequence[Job], on_event: OnBatchEvent) -> None:
        self._out = out
        self._jobs = jobs
        self._on_event = on_event
        self._rows = {job.name: waiting_row(job) for job in jobs}

    def run(self, crew: Crew) -> BatchResult:
        """Do with ``crew`` whatever is not finished."""
        left = [job for job in self._jobs if not self._is_settled(job)]
        note_requests(self._out, left)
        self._write()
        with closing(crew.run(left, self._tell)) as outcomes:
            for job, outcome in outcomes:
                self._note(job, outcome)
        return BatchResult(self._out, self._result)

    @property
    def _result(self) -> tuple[Row, ...]:
        return tuple(self._rows[job.name] for job in self._jobs)

    def _is_settled(self, job: Job) -> bool:
        """Whether there is nothing to do: finished, or begun with other options or other data."""
        try:
            check_unchanged(self._out, job)
            if not (job.spec.out / JSON_NAME).exists():
                return False
            check_same_data(self._out, job)
            outcome: Outcome = read_report(job.spec.out)
        except AutomlEdgeError as problem:
            outcome = problem
        self._note(job, outcome, before=True)
        return True

    def _note(self, job: Job, outcome: Outcome, before: bool = False) -> None:
        if isinstance(outcome, Report):
            row = finished_row(job, outcome)
        else:
            row = failed_row(job, outcome)
        self._rows[job.name] = row
        if not before:
            self._write()
        self._on_event(JobEnded(row, before))

    def _tell(self, job: Job, event: Event | None) -> None:
        self._on_event(JobBegan(job.name) if event is None else JobTold(job.name, event))

    def _write(self) -> None:
        write_summary(self._result, self._out)
