"""Who does the trainings: this process, one after the other. ``workers`` has others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from automl_edge.search.records import Ended
from automl_edge.search.trials import Job, Workshop, run_job
from automl_edge.training import Progressed, load_tensorflow

OnProgress = Callable[[Progressed], None]
OnceMore = Callable[[Job], Job]
"""A job as it is to be done again, after what did it was lost."""


class Crew(Protocol):
    """Does jobs and returns them as they end, which need not be the order they were given in."""

    workers: int
    """How many jobs are done at a time."""

    def warm_up(self) -> None:
        """Load what every job needs, so that none of their time goes to it."""

    def run(
        self, jobs: Iterator[Job], on_progress: OnProgress, once_more: OnceMore
    ) -> Iterator[Ended]:
        """Take from ``jobs`` whenever a worker is free, until there are no more."""


class Alone:
    """One job at a time, in this process."""

    workers = 1

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    def warm_up(self) -> None:
        """Load TensorFlow, if it is not."""
        load_tensorflow()

    def run(
        self, jobs: Iterator[Job], on_progress: OnProgress, once_more: OnceMore
    ) -> Iterator[Ended]:
        """Take the next of ``jobs`` when what the last one taught is known."""
        del once_more  # what is lost here is this process
        for job in jobs:
            yield run_job(self._workshop, job, on_progress)
