"""A process that does one fit for a batch, and tells its parent about it through a pipe.

It reads a ``Request``, sends the fit's events as they come and at last a Report or the
AutomlEdgeError that ended it. When its parent is gone it ends at once; the run directory can be
gone on with.
"""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread

from automl_edge.domain.run import Event, FitSpec, Progress
from automl_edge.errors import AutomlEdgeError
from automl_edge.processes import die_with_parent
from automl_edge.report.model import Report

Message = Event | Report | AutomlEdgeError


@dataclass(frozen=True, slots=True)
class Request:
    """The fit to be done, and the cores that it may use; None for all that there are."""

    spec: FitSpec
    cores: frozenset[int] | None = None


def fit_for_parent(descriptor: int) -> None:
    """Do what comes through the socket ``descriptor``."""
    die_with_parent()
    parent = Connection(descriptor)
    request: Request = parent.recv()
    Thread(target=_end_with, args=(parent,), daemon=True).start()
    if request.cores is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, request.cores)
    with suppress(OSError):  # the parent is gone
        parent.send(_outcome(request.spec, parent))


def _outcome(spec: FitSpec, parent: Connection) -> Report | AutomlEdgeError:
    from automl_edge.pipeline import run

    def tell(event: Event) -> None:
        if not isinstance(event, Progress):
            parent.send(event)

    try:
        return run(spec, tell).report
    except AutomlEdgeError as problem:
        return problem
    except Exception as problem:
        traceback.print_exc()
        told = (str(problem).splitlines() or [""])[0][:200]
        return AutomlEdgeError(
            f"stopped by {type(problem).__name__}: {told}",
            "This is a fault of ours. The details are in the job's log.",
        )


def _end_with(parent: Connection) -> None:
    """The parent sends nothing more: reading returns when it is gone."""
    with suppress(EOFError, OSError):
        parent.recv()
    os._exit(1)
