"""Who does the jobs of a batch: processes of this machine. Ray's are in ``ray_crew``."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Protocol

from automl_edge.batch.fitting import Fitting, Outcome
from automl_edge.batch.manifest import Job
from automl_edge.domain.run import Event
from automl_edge.errors import UsageError
from automl_edge.training import thread_limits

OnJob = Callable[[Job, Event | None], None]
"""Told of a job that begins (None) and of its events."""

Outcomes = Generator[tuple[Job, Outcome], None, None]
"""Jobs and what they ended with; closed early, what still runs is ended."""


class Crew(Protocol):
    """Does jobs, several at a time perhaps."""

    def run(self, jobs: Sequence[Job], on_job: OnJob) -> Outcomes:
        """Do ``jobs``; each with its outcome, in the order in which they end."""
        ...


class LocalCrew:
    """``count`` jobs at a time, each with its share of the cores.

    Where there are fewer jobs, each has more of them. Raises UsageError unless there is a core
    for each of ``count``.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        shares(available_cores(), count)

    def run(self, jobs: Sequence[Job], on_job: OnJob) -> Outcomes:
        """See Crew."""
        waiting, busy = list(jobs), list[Fitting]()
        free = list(shares(available_cores(), max(1, min(self._count, len(jobs)))))
        try:
            while waiting or busy:
                while waiting and free:
                    busy.append(_begun(waiting.pop(0), free.pop(0), on_job))
                for fitting in _speaking(busy):
                    outcome = fitting.hear(partial(on_job, fitting.job))
                    if outcome is not None:
                        busy.remove(fitting)
                        free.append(fitting.cores or frozenset())
                        yield fitting.job, outcome
        finally:
            for fitting in busy:
                fitting.end()


def log_of(job: Job) -> Path:
    """What the job's process prints goes there, beside its run directory."""
    return job.spec.out.with_name(f"{job.name}.log")


def available_cores() -> tuple[int, ...]:
    """The cores that this process may use, by number."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def shares(cores: Sequence[int], count: int) -> tuple[frozenset[int], ...]:
    """``cores`` dealt to ``count`` jobs, as evenly as they go; raises UsageError."""
    if not 1 <= count <= len(cores):
        have = "1 core" if len(cores) == 1 else f"{len(cores)} cores"
        raise UsageError(
            f"{count} jobs at a time were asked for; this machine has {have}",
            f"Give --jobs a number from 1 to {len(cores)}.",
        )
    return tuple(frozenset(cores[place::count]) for place in range(count))


def _begun(job: Job, cores: frozenset[int], on_job: OnJob) -> Fitting:
    on_job(job, None)
    return Fitting(job, log_of(job), cores, thread_limits(len(cores)))


def _speaking(busy: Sequence[Fitting]) -> list[Fitting]:
    heard = wait([fitting.pipe for fitting in busy])
    return [fitting for fitting in busy if fitting.pipe in heard]
