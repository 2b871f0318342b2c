"""Where a training stands between its limits: batches, learning rates, and when to validate."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from automl_edge.training.settings import Settings

WARM_UP = 0.05
CHECKS = 10
"""Validations in a training, evenly spread over its progress."""

LEAST_STEPS = 20
"""Of an epoch, if its batches can be halved."""

LEAST_SECONDS = 1e-3
"""A coarse clock may not have moved on within a call."""

CALL_SECONDS = 1.0
"""A call into the graph aims at this long: so far at most can a limit be overrun."""


class Course:
    """Where a training stands between its limits, and which batches come next, each of ``batch``
    windows."""

    def __init__(self, settings: Settings, windows: int, began: float | None) -> None:
        self._settings = settings
        self._began = began
        self._windows = windows
        self.batch = min(settings.batch or batch_size(windows), windows)
        self._total = settings.epochs * (windows // self.batch)
        self._batches = self._shuffled(np.random.default_rng(settings.seed))
        self._step_seconds = CALL_SECONDS / 4
        self._check_seconds = 0.0
        self._checked = 0.0
        self._steps = 0

    @property
    def epochs(self) -> float:
        """Epochs done."""
        return self._steps * self.batch / self._windows

    @property
    def has_begun(self) -> bool:
        """Whether the limit of seconds runs."""
        return self._began is not None

    @property
    def seconds(self) -> float:
        """Since the limit of seconds started to run."""
        return time.monotonic() - self._began if self._began is not None else 0.0

    @property
    def done(self) -> float:
        """From 0 to 1: steps or seconds, whichever is nearer its limit."""
        return self._done_after(0)

    def is_check_due(self, done: float) -> bool:
        """Whether a tenth of the course lies behind since the last validation, or all of it, when
        so much is ``done``."""
        return done >= min(1.0, self._checked + 1 / CHECKS - 1e-9)

    def next_batches(self) -> NDArray[np.intp]:
        """As many batches (steps, batch) as fit one call, the next check and the limits."""
        next_check = math.ceil((self._checked + 1 / CHECKS - 1e-9) * self._total)
        count = min(int(CALL_SECONDS / self._step_seconds), next_check - self._steps)
        if self._settings.seconds is not None:
            left = (1 - self._share_of_seconds()) * self._settings.seconds
            count = min(count, int(left / self._step_seconds))
        return np.stack([next(self._batches) for _ in range(max(1, count))])

    def rates(self, steps: int) -> tuple[float, ...]:
        """Learning rates of the next ``steps``: linear warm-up, then half a cosine to zero."""
        return tuple(self._rate(self._done_after(step)) for step in range(steps))

    def took(self, steps: int, seconds: float) -> None:
        """Count ``steps`` that took ``seconds``; the first call's hold the tracing as well."""
        if self._steps > 0:
            self._step_seconds = max(seconds, LEAST_SECONDS) / steps
        self._steps += steps

    def begin(self) -> None:
        """Let the limit of seconds run, if it does not."""
        if self._began is None:
            self._began = time.monotonic()

    def checked(self, seconds: float) -> None:
        """Note a validation, and its time, so that the last one ends within the limit."""
        self._checked = self.done
        self._check_seconds = seconds

    def _done_after(self, steps: int) -> float:
        return min(1.0, max((self._steps + steps) / self._total, self._share_of_seconds()))

    def _share_of_seconds(self) -> float:
        if self._settings.seconds is None:
            return 0.0
        usable = max(self._settings.seconds - self._check_seconds, 1e-3)
        return min(1.0, self.seconds / usable)

    def _rate(self, done: float) -> float:
        peak = self._settings.learning_rate
        if done < WARM_UP:
            return peak * (done + 0.01) / (WARM_UP + 0.01)
        least = self._settings.falls_to
        fallen = 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
        return peak * (least + (1 - least) * fallen)

    def _shuffled(self, random: np.random.Generator) -> Iterator[NDArray[np.intp]]:
        while True:
            order = random.permutation(self._windows)
            usable = len(order) // self.batch * self.batch
            yield from order[:usable].reshape(-1, self.batch)


def batch_size(windows: int) -> int:
    """32, or 16 where an epoch would have fewer than LEAST_STEPS steps; docs/training.md compares
    others."""
    size = 32 if windows // 32 >= LEAST_STEPS else 16
    return min(size, windows)
