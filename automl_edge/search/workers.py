"""Trainings in several processes, each of which stays warm from one to the next.

A worker may be killed at any moment, by the user or for want of memory. Another takes its place
and its job; the journal is this process's alone, so that nothing is lost or counted twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from types import TracebackType
from typing import Self

from automl_edge.domain.run import Note, OnEvent
from automl_edge.errors import EnvironmentProblem, UsageError
from automl_edge.processes import how_it_ended, spawn
from automl_edge.search.crew import OnceMore, OnProgress
from automl_edge.search.records import Ended
from automl_edge.search.schedule import cores
from automl_edge.search.trials import Job, failed
from automl_edge.search.worker import READY, MakeWorkshop
from automl_edge.training import Progressed, thread_limits

MOST_WORKERS = 64
DEATHS_ALLOWED = 2
"""A job that so many workers died of is given up. So many in a row may die before they are ready,
but no more."""

_PROGRAM = "automl_edge.search.worker:work"


def check_workers(count: int) -> None:
    """Raise UsageError unless this machine has a core for each of ``count`` workers."""
    found = cores()
    most = min(found, MOST_WORKERS)
    if not 1 <= count <= most:
        have = "1 core" if found == 1 else f"{found} cores"
        raise UsageError(
            f"{count} workers were asked for; this machine has {have}",
            "Leave --workers out." if most == 1 else f"Give --workers a number from 1 to {most}.",
        )


class Pool:
    """A crew of ``workers`` processes, which live from ``with`` to its end; meets ``Crew``.

    ``make`` is sent to each. ``on_event`` is told of workers that died. What goes wrong in a
    worker otherwise is raised here as it would be without workers.
    """

    def __init__(self, make: MakeWorkshop, workers: int, on_event: OnEvent) -> None:
        self.workers = workers
        self._threads = max(1, cores() // workers)
        self._make = make
        self._on_event = on_event
        self._members: list[_Worker] = []
        self._again: list[Job] = []
        self._deaths: Counter[int] = Counter()
        self._false_starts = 0

    def __enter__(self) -> Self:
        try:
            for _ in range(self.workers):
                self._members.append(_Worker(self._threads))
            for worker in self._members:
                worker.send(self._make)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def warm_up(self) -> None:
        """Nothing: a worker loads it with its workshop, before it is ready."""

    def run(
        self, jobs: Iterator[Job], on_progress: OnProgress, once_more: OnceMore
    ) -> Iterator[Ended]:
        """Take from ``jobs`` whenever a worker is free, until there are no more.

        Progress is told of the oldest job. Raises EnvironmentProblem if no worker can start.
        """
        while self._hand_out(jobs, once_more):
            ended = self._hear(self._next_to_speak(), on_progress)
            if ended is not None:
                yield ended

    def _hand_out(self, jobs: Iterator[Job], once_more: OnceMore) -> bool:
        """Give every free worker a job; whether there is something to wait for."""
        for worker in self._members:
            if worker.ready and worker.job is None:
                job = once_more(self._again.pop(0)) if self._again else next(jobs, None)
                if job is None:
                    return any(each.job for each in self._members)
                worker.give(job)
        return True

    def _next_to_speak(self) -> _Worker:
        """Wait until there is something to be read from a worker."""
        heard = wait([worker.pipe for worker in self._members])
        return next(worker for worker in self._members if worker.pipe in heard)

    def _hear(self, worker: _Worker, on_progress: OnProgress) -> Ended | None:
        """Read one message; the training that it says has ended, if any."""
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            return self._replaced(worker)
        match message:
            case Ended():
                worker.job = None
                return message
            case Progressed():
                if worker is self._oldest():
                    on_progress(message)
            case BaseException():
                raise message
            case _:
                assert message == READY
                worker.ready = True
                self._false_starts = 0
        return None

    def _replaced(self, worker: _Worker) -> Ended | None:
        """Start another in the place of a dead one; its job, if it is given up with that."""
        how = worker.end()
        if not worker.ready:
            self._note_false_start(how)
        other = _Worker(self._threads)
        self._members[self._members.index(worker)] = other
        other.send(self._make)
        job = worker.job
        if job is None:
            self._on_event(Note(f"a worker was ended by {how}; another takes its place"))
            return None
        self._deaths[job.number] += 1
        if self._deaths[job.number] >= DEATHS_ALLOWED:
            seconds = time.monotonic() - worker.since
            return failed(job, seconds, f"{DEATHS_ALLOWED} workers died of it, by {how}")
        self._again.append(job)
        self._on_event(Note(f"a worker was ended by {how}; its trial {job.number} is run again"))
        return None

    def _note_false_start(self, how: str) -> None:
        self._false_starts += 1
        if self._false_starts > DEATHS_ALLOWED:
            raise EnvironmentProblem(
                f"worker processes do not start: the last one was ended by {how}",
                "Use fewer --workers; each takes the memory of a whole fit.",
            )

    def _oldest(self) -> _Worker:
        """The one that has been at its job for longest."""
        return min((each for each in self._members if each.job), key=lambda each: each.since)

    def _end(self) -> None:
        for worker in self._members:
            worker.end()
        self._members = []


class _Worker:
    """A process and the pipe to it. ``job`` is what it is doing, begun at ``since``."""

    def __init__(self, threads: int) -> None:
        self.pipe, theirs = Pipe()
        self.ready = False
        self.job: Job | None = None
        self.since = 0.0
        with theirs:
            self._process = spawn(_PROGRAM, theirs.fileno(), thread_limits(threads))

    def give(self, job: Job) -> None:
        """Let it do ``job``."""
        self.job, self.since = job, time.monotonic()
        self.send(job)

    def end(self) -> str:
        """Kill it if it lives; how it ended, in words."""
        self.pipe.close()
        self._process.kill()
        return how_it_ended(self._process.wait())

    def send(self, message: MakeWorkshop | Job) -> None:
        """Send what the worker is to do."""
        with suppress(OSError):  # it is dead, which the next read tells
            self.pipe.send(message)
