"""Runs as processes of their own, several at once, each on cores of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Ran:
    """How a process ended: its exit status, the end of what it said, the seconds it took."""

    status: int
    said: str
    seconds: float


def shares_of_cores(cores: Sequence[int], count: int) -> tuple[frozenset[int], ...]:
    """``cores`` dealt to ``count`` runs, as many to each as go round; ValueError for too few."""
    each = len(cores) // count
    if each == 0:
        raise ValueError(f"{count} runs side by side need {count} cores; there are {len(cores)}")
    return tuple(frozenset(cores[place * each : (place + 1) * each]) for place in range(count))


def run_side_by_side(
    jobs: Sequence[T],
    count: int,
    command: Callable[[T], Sequence[str]],
    ended: Callable[[T, Ran], None],
) -> None:
    """Start ``command`` for each of ``jobs``, ``count`` at a time; ``ended`` hears of each end.

    A process is pinned to its cores before it loads anything, so that TensorFlow and BLAS
    start as many threads as it has cores. ``ended`` is called by one thread at a time.
    """
    waiting: SimpleQueue[T] = SimpleQueue()
    for job in jobs:
        waiting.put(job)
    telling = threading.Lock()

    def work(cores: frozenset[int]) -> None:
        os.sched_setaffinity(0, cores)  # of this thread alone; what it starts inherits it
        while True:
            try:
                job = waiting.get_nowait()
            except Empty:
                return
            ran = _run(command(job))
            with telling:
                ended(job, ran)

    shares = shares_of_cores(sorted(os.sched_getaffinity(0)), count)
    threads = [threading.Thread(target=work, args=(cores,), daemon=True) for cores in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def end_with_parent() -> None:
    """Let this process be killed when the one that started it ends, however that ends (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _run(command: Sequence[str]) -> Ran:
    began = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return Ran(done.returncode, done.stdout[-2000:], time.monotonic() - began)
