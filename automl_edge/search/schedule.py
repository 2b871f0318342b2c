"""How the time of a search is spent: many short trainings, then a few long ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from automl_edge.search.records import Ended, Stage

TRIALS_SHARE = 0.55
"""The share of the time for trials; the rest finishes the best of them."""

TRIALS_WANTED = 16
LEAST_TRIAL_SECONDS = 8.0
MOST_TRIAL_SECONDS = 90.0
FINALISTS = 2
OVERHEAD_SECONDS = 4.0
"""Features, conversion and scoring of one training, until some have been measured."""

TRIAL_WINDOWS = 20_000
FINAL_WINDOWS = 120_000
"""Training windows seen by one training (epochs times windows) where only trials are counted."""

MOST_EPOCHS = {Stage.TRIAL: 60, Stage.FINAL: 600}
"""More epochs gain nothing on data so small that time would allow them."""

MACS_A_SECOND = 6e9
"""Forward MACs trained per second on two cores (a step costs thrice that), rounded down."""

EPOCHS_WANTED = 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the search ends: ``deadline`` on ``time.monotonic``'s clock, number of trials.

    The deadline leaves the caller time for what comes after the search. None is no limit;
    without a deadline, epochs are fixed and the search is deterministic in its seed.
    """

    deadline: float | None = None
    trials: int | None = None


class Schedule:
    """Hands out seconds and epochs; ``clock`` is ``time.monotonic`` but for tests."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limits = limits
        self._began = clock()
        self._overhead = OVERHEAD_SECONDS

    @property
    def elapsed(self) -> float:
        """Seconds since the schedule was made."""
        return self._clock() - self._began

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the deadline; None without one."""
        if self._limits.deadline is None:
            return None
        return max(0.0, self._limits.deadline - self._clock())

    def most_macs(self, windows: int) -> float:
        """The largest network whose final training can see ``windows`` often enough."""
        if self._limits.deadline is None:
            return float("inf")
        seconds = self._total * (1 - TRIALS_SHARE) / FINALISTS
        return seconds * MACS_A_SECOND / (EPOCHS_WANTED * max(windows, 1))

    def has_time_for_trial(self, trained: int) -> bool:
        """Whether another trial may start; the first one always may."""
        if self._limits.deadline is None or trained == 0:
            return True
        return self.elapsed + self._trial_seconds + self._overhead <= self._total * TRIALS_SHARE

    def has_time_for_final(self) -> bool:
        """Whether a longer training would still be worth its start."""
        left = self.seconds_left
        return left is None or left > self._overhead + LEAST_TRIAL_SECONDS / 2

    def seconds(self, stage: Stage, remaining: int = 1) -> float | None:
        """Limit of a training's seconds; ``remaining`` finals share what is left."""
        left = self.seconds_left
        if left is None:
            return None
        most = max(1.0, left / remaining - self._overhead)
        return most if stage is Stage.FINAL else min(self._trial_seconds, most)

    def epochs(self, stage: Stage, windows: int) -> int:
        """Limit of a training's epochs on ``windows`` training windows."""
        if self._limits.deadline is not None:
            return MOST_EPOCHS[stage]
        seen = TRIAL_WINDOWS if stage is Stage.TRIAL else FINAL_WINDOWS
        return min(max(round(seen / max(windows, 1)), 5), MOST_EPOCHS[stage])

    def learn(self, ended: Ended, wall: float) -> None:
        """Note that ``ended`` took ``wall`` seconds in all, of which part was training."""
        self._overhead = max(0.5 * self._overhead, 1.5 * (wall - ended.seconds), 1.0)

    @property
    def _total(self) -> float:
        deadline = self._limits.deadline
        return max(deadline - self._began, 0.0) if deadline is not None else float("inf")

    @property
    def _trial_seconds(self) -> float:
        share = self._total * TRIALS_SHARE / TRIALS_WANTED - self._overhead
        return min(max(share, LEAST_TRIAL_SECONDS), MOST_TRIAL_SECONDS, self._total / 2)
