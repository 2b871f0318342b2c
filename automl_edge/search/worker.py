"""A process that does trainings for another one: what ``workers`` starts.

It reads a ``MakeWorkshop`` and then Jobs from its pipe; it sends READY once, Progressed while
it trains, an Ended for each job, and the exception that ended it. It appends nothing to the
journal. When its parent is gone, or hangs up, it ends at once, whatever it is doing.
"""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread
from typing import Any

from automl_edge.processes import die_with_parent
from automl_edge.search.trials import Workshop, run_job

MakeWorkshop = Callable[[], Workshop]
"""Makes the workshop of a worker, in the worker: it must be picklable."""

READY = "ready"


def work(descriptor: int) -> None:
    """Do what comes through the socket ``descriptor``, until it is closed."""
    die_with_parent()
    parent = Connection(descriptor)
    tasks: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(parent, tasks), daemon=True).start()
    try:
        workshop = _next(tasks)()
        parent.send(READY)
        while True:
            parent.send(run_job(workshop, _next(tasks), parent.send))
    except Exception as problem:
        with suppress(OSError):
            parent.send(_sendable(problem))


def _listen(parent: Connection, tasks: SimpleQueue[Any]) -> None:
    """Take tasks as they come: only a pipe that is always read tells that the parent is gone."""
    try:
        while True:
            tasks.put(parent.recv())
    except (EOFError, OSError):
        os._exit(0)
    except Exception as problem:  # what came cannot be unpickled
        tasks.put(problem)


def _next(tasks: SimpleQueue[Any]) -> Any:
    task = tasks.get()
    if isinstance(task, Exception):
        raise task
    return task


def _sendable(problem: Exception) -> Exception:
    """``problem`` with its traceback as a note, as something that can be pickled."""
    told = "".join(traceback.format_exception(problem))
    copy: Exception
    try:
        copy = pickle.loads(pickle.dumps(problem))
    except Exception:
        copy = RuntimeError(f"{type(problem).__name__}: {problem}")
    copy.add_note(f"In a worker:\n{told}")
    return copy
