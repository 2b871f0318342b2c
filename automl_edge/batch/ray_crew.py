"""Jobs as tasks of a Ray cluster, whose machines share the folders of data and results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from automl_edge.batch.crews import OnJob, Outcomes, log_of
from automl_edge.batch.fitting import DEATHS_ALLOWED, Outcome, fit_to_the_end
from automl_edge.batch.manifest import Job
from automl_edge.errors import AutomlEdgeError, EnvironmentProblem
from automl_edge.training import thread_limits

LOCAL = "local"
"""The address of a cluster of this machine's cores, which lives as long as the batch."""


class RayCrew:
    """The cluster at ``address``, such as "ray://head:10001", "auto" or LOCAL.

    A job takes as many of its CPUs as it has workers. Of a worker of Ray's that dies the job is
    given to another, which goes on with its run. Raises EnvironmentProblem if Ray is not
    installed or there is no such cluster.
    """

    def __init__(self, address: str = LOCAL) -> None:
        self._ray = _ray()
        self._address = address

    def run(self, jobs: Sequence[Job], on_job: OnJob) -> Outcomes:
        """See Crew. Told of jobs when they are given to Ray, not of their events."""
        ray = self._ray
        self._connect()
        try:
            left = {self._given(job, on_job): job for job in jobs}
            while left:
                (ready, *_), _ = ray.wait(list(left))
                yield left.pop(ready), self._outcome(ready)
        finally:
            ray.shutdown()

    def _connect(self) -> None:
        try:
            self._ray.init(
                address=self._address,
                log_to_driver=False,
                include_dashboard=False if self._address == LOCAL else None,
            )
        except (ConnectionError, OSError, RuntimeError, ValueError) as problem:
            raise EnvironmentProblem(
                f"there is no Ray cluster at {self._address}: {_first_line(problem)}",
                "Start one with `ray start --head`, or leave the address out.",
            ) from problem

    def _given(self, job: Job, on_job: OnJob) -> Any:
        on_job(job, None)
        task = self._ray.remote(num_cpus=job.spec.workers, max_retries=DEATHS_ALLOWED)(_fit)
        return task.remote(job)

    def _outcome(self, ready: Any) -> Outcome:
        try:
            found: Outcome = self._ray.get(ready)
        except self._ray.exceptions.RayError as problem:
            return EnvironmentProblem(
                f"Ray gave the job up: {_first_line(problem)}",
                "The same command runs it again, from where it was.",
            )
        return found


def _fit(job: Job) -> Outcome:
    """In a worker of Ray's: ``job`` in a process of its own, which ends with the worker."""
    try:
        return fit_to_the_end(job, log_of(job), thread_limits(job.spec.workers))
    except OSError as problem:
        return AutomlEdgeError(f"the worker cannot write {log_of(job)}: {problem.strerror}")


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise EnvironmentProblem(
            "Ray is not installed here", "Run `pip install 'automl-edge[ray]'`."
        ) from None
    return ray


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0][:200]
