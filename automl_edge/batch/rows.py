"""What became of each job: a row of the summary."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from automl_edge.batch.manifest import Job
from automl_edge.domain.footprint import Source
from automl_edge.errors import AutomlEdgeError
from automl_edge.report.model import Report, Status
from automl_edge.report.words import binds


class State(StrEnum):
    """``fits`` and ``nearest`` as a report's status; ``waiting`` was not begun or not ended."""

    FITS = "fits"
    NEAREST = "nearest"
    FAILED = "failed"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Figures:
    """A finished fit in numbers: accuracy of the C on the test part with its 95 % interval,
    0 to 1; bytes and milliseconds as measured, with the source of the latency; the whole
    search's seconds."""

    accuracy: float
    low: float
    high: float
    flash_bytes: int
    ram_bytes: int
    latency_ms: float
    latency_source: Source
    seconds: float

    @staticmethod
    def of(report: Report) -> Figures:
        """Those of ``report``."""
        test, measured = report.accuracy.test, report.footprint.measured
        return Figures(
            test.c_model,
            *test.interval95,
            measured.flash_bytes,
            measured.ram_bytes,
            measured.latency_ms,
            measured.latency_source,
            report.search.seconds,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """``job`` is its name and that of its folder; ``data`` are seen from the batch's folder.

    ``figures`` are there when a fit ended, ``message`` and ``hint`` where something is wrong.
    """

    job: str
    data: str
    target: str
    state: State
    figures: Figures | None = None
    message: str = ""
    hint: str = ""


def finished_row(job: Job, report: Report) -> Row:
    """The row of a fit that ended with ``report``."""
    state = State.FITS if report.status is Status.FITS else State.NEAREST
    message = ""
    if report.binding is not None:
        message = binds(report.binding, report.footprint.measured, report.budget)
    return Row(job.name, _data(job), job.spec.target, state, Figures.of(report), message)


def failed_row(job: Job, problem: AutomlEdgeError) -> Row:
    """The row of a fit that ended with ``problem``."""
    return Row(
        job.name,
        _data(job),
        job.spec.target,
        State.FAILED,
        message=problem.message,
        hint=problem.hint,
    )


def waiting_row(job: Job) -> Row:
    """The row of a fit that is still to come."""
    return Row(job.name, _data(job), job.spec.target, State.WAITING)


def _data(job: Job) -> str:
    """The job's data as seen from the batch's folder, as far as there is a way."""
    batch = job.spec.out.parent
    try:
        return Path(os.path.relpath(job.spec.data, batch)).as_posix()
    except ValueError:  # another drive
        return job.spec.data.as_posix()
