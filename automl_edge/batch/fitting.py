"""One job's process as the batch sees it: started, listened to, started again when it dies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from automl_edge.batch.child import Message, Request
from automl_edge.batch.manifest import Job
from automl_edge.domain.run import Event
from automl_edge.errors import AutomlEdgeError, EnvironmentProblem
from automl_edge.processes import how_it_ended, spawn
from automl_edge.report.model import Report

DEATHS_ALLOWED = 2
"""A job whose process died so often is given up."""

Outcome = Report | AutomlEdgeError
OnEvent = Callable[[Event], None]

_PROGRAM = "automl_edge.batch.child:fit_for_parent"


class Fitting:
    """The process of ``job``; ``pipe`` is readable when it has something to say.

    What it prints goes to ``log``. ``cores`` are the ones that it may use, None for all, and
    ``environment`` what is set for it beside this process's.
    """

    def __init__(
        self,
        job: Job,
        log: Path,
        cores: frozenset[int] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.job = job
        self.cores = cores
        self._log = log
        self._environment = environment or {}
        self._deaths = 0
        self._start()

    def hear(self, on_event: OnEvent) -> Outcome | None:
        """Read one message; what the job ended with, if it did.

        A process that died without a word is started again: its run goes on where it was.
        """
        try:
            message: Message = self.pipe.recv()
        except (EOFError, OSError):
            return self._died()
        if isinstance(message, Report | AutomlEdgeError):
            self.end()
            return message
        on_event(message)
        return None

    def end(self) -> str:
        """Kill it if it lives; how it ended, in words."""
        self.pipe.close()
        self._process.kill()
        return how_it_ended(self._process.wait())

    def _start(self) -> None:
        self.pipe: Connection
        self.pipe, theirs = Pipe()
        with theirs, self._log.open("ab") as output:
            self._process = spawn(_PROGRAM, theirs.fileno(), self._environment, output)
        with suppress(OSError):  # it is dead, which the next read tells
            self.pipe.send(Request(self.job.spec, self.cores))

    def _died(self) -> Outcome | None:
        how = self.end()
        self._deaths += 1
        if self._deaths < DEATHS_ALLOWED:
            self._start()
            return None
        return EnvironmentProblem(
            f"its process was ended by {how}, {DEATHS_ALLOWED} times",
            f"What it said is in {self._log.name}. If memory is short, run fewer jobs at a time.",
        )


def fit_to_the_end(job: Job, log: Path, environment: dict[str, str]) -> Outcome:
    """Do ``job`` in a process of its own and wait for it."""
    fitting = Fitting(job, log, environment=environment)
    try:
        while True:
            outcome = fitting.hear(lambda _: None)
            if outcome is not None:
                return outcome
    except BaseException:
        fitting.end()
        raise
