"""How the time of a search is spent: many short trainings, fewer long ones, a last one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from automl_edge.search.records import FOLDS, Ended, Stage
from automl_edge.search.shares import ENDS

KEPT = {Stage.LONGER: 5, Stage.FOLD: 3, Stage.FINAL: 3}
"""How many designs are trained on in a stage, if there is time."""

FEWEST = {Stage.LONGER: 3, Stage.FOLD: 2}

LENGTHS = {Stage.LONGER: 2, Stage.FOLD: FOLDS, Stage.FINAL: 3}
"""How many times a trial's seconds each of them is to have at least."""

COUNTED = {Stage.LONGER: 3, Stage.FOLD: 4, Stage.FINAL: 6}
"""Of so many trials one is trained on in a stage, where no time is given."""

TRIALS_WANTED = 14
FEWEST_TRIALS = 3
EPOCHS_A_TRIAL = 6
"""Of large networks and much data fewer are tried, because less than that tells little."""

LEAST_TRIAL_SECONDS = 6.0
MOST_TRIAL_SECONDS = 90.0
OVERHEAD_SECONDS = 4.0
"""Tracing, conversion and scoring of one training, until some have been measured."""

MARGIN = 1.25
"""So many times the last one's is kept for the next training's."""

WINDOWS = {
    Stage.TRIAL: 20_000,
    Stage.LONGER: 40_000,
    Stage.FOLD: 20_000,
    Stage.FINAL: 80_000,
    Stage.REFIT: 80_000,
    Stage.UNLIMITED: 20_000,
    Stage.LESS: 20_000,
}
"""Training windows seen by one training (epochs times windows) where only trials are counted."""

MOST_EPOCHS = {
    Stage.TRIAL: 60,
    Stage.LONGER: 150,
    Stage.FOLD: 60,
    Stage.FINAL: 600,
    Stage.REFIT: 1000,
    Stage.UNLIMITED: 100,
    Stage.LESS: 60,
}
"""More epochs gain nothing on data so small that time would allow them."""

MOST_EPOCHS_COUNTED = 300
"""Nor are there more where only trials are counted."""

MACS_A_SECOND = 6e9
"""Forward MACs trained per second on two cores (a step costs thrice that). With 32 photos of
96 x 96 pixels a step it was half of it."""

EPOCHS_WANTED = 100
"""Of a winner: no larger networks are tried than can have them, and where the refit has fewer it
shares its time with no other."""

LEAST_EPOCHS = 15

MOST_UNLIMITED_MACS = 3e6
"""Of a network that need not fit, where no time limits it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the search ends: ``deadline`` on ``time.monotonic``'s clock, number of trials.

    The deadline leaves the caller the seconds of ``proof`` for what comes after the search. None
    is no limit; without a deadline, epochs are fixed and the search is deterministic in its seed.
    """

    deadline: float | None = None
    trials: int | None = None
    proof: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A training's place in its stage: ``rounds`` of trainings are left, its own included, and it
    gets this ``part`` of the seconds that they are trained for."""

    rounds: int = 1
    part: float = 1.0

    @staticmethod
    def of(rounds: int) -> Turn:
        """The first of so many, all of the same length."""
        return Turn(rounds, 1 / rounds)


LAST = Turn()


class Schedule:
    """Hands out seconds and epochs; ``clock`` is ``time.monotonic`` but for tests.

    ``workers`` trainings run at a time; ``ends`` are the shares of the time, as ENDS has them.
    """

    def __init__(
        self,
        limits: Limits,
        workers: int = 1,
        clock: Callable[[], float] = time.monotonic,
        ends: Mapping[Stage, float] = ENDS,
    ) -> None:
        self._clock = clock
        self._ends = ends
        self._limits = limits
        self._workers = workers
        self._began = clock()
        self._overhead = OVERHEAD_SECONDS
        self._latest = 0.0
        self._kept = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the schedule was made."""
        return self._clock() - self._began

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the deadline; None without one."""
        if self._limits.deadline is None:
            return None
        return max(0.0, self._limits.deadline - self._kept - self._clock())

    def keep_for_proof(self, seconds: float) -> None:
        """Let the search end earlier or later: what comes after it takes so many ``seconds``, and
        not those that were kept."""
        self._kept = seconds - self._limits.proof

    def most_macs(self, windows: int) -> float:
        """The largest network that can see ``windows`` often enough in FINAL and REFIT."""
        if self._limits.deadline is None:
            return float("inf")
        ends = self._ends
        final = (ends[Stage.FINAL] - ends[Stage.FOLD]) / KEPT[Stage.FINAL]
        seconds = self._total * (final + ends[Stage.REFIT] - ends[Stage.FINAL])
        return seconds * self._macs_a_second / (EPOCHS_WANTED * max(windows, 1))

    def unlimited_macs(self, windows: int, winner: int) -> float:
        """The same for a network that need not fit, where the winner has ``winner`` MACs.

        Where trials are counted and not timed, its training takes no more of them than the winner's
        refit.
        """
        if self._limits.deadline is None:
            refit, own = (self.epochs(each, windows) for each in (Stage.REFIT, Stage.UNLIMITED))
            return min(winner * refit / own, MOST_UNLIMITED_MACS)
        seconds = self._total * (self._ends[Stage.UNLIMITED] - self._ends[Stage.REFIT])
        return seconds * self._macs_a_second / (LEAST_EPOCHS * max(windows, 1))

    def has_time_for(self, stage: Stage) -> bool:
        """Whether another training of ``stage`` may start."""
        if self._limits.deadline is None:
            return True
        if stage is Stage.TRIAL:
            return self.elapsed + self._usual + self._overhead <= self._end(stage)
        least = LEAST_TRIAL_SECONDS / 2 + self._overhead
        return self._end(stage) - self.elapsed >= least

    def room_for(self, stage: Stage, seconds: float) -> int | None:
        """How many trainings of so many ``seconds`` end before ``stage`` is to; None: as many as
        are wanted."""
        if self._limits.deadline is None:
            return None
        rounds = int((self._end(stage) - self.elapsed) / (seconds + self._overhead))
        return max(0, rounds) * self._workers

    def kept(self, stage: Stage) -> int:
        """How many designs ``stage`` has time to train on, as long as LENGTHS says.

        LONGER and FOLD train none where they could not compare three or two: FINAL has that
        time then.
        Where trials are counted and not timed, it is a share of them: with few trials the
        later stages would take most of the time.
        """
        if self._limits.deadline is None:
            trials = self._limits.trials or KEPT[stage] * COUNTED[stage]
            kept = max(1, min(KEPT[stage], trials // COUNTED[stage]))
            return 0 if stage is Stage.FOLD and kept < 2 else kept
        trainings = FOLDS if stage is Stage.FOLD else 1
        each = LENGTHS[stage] * self._usual + trainings * self._overhead
        time_for = int(self._workers * (self._end(stage) - self.elapsed) / each)
        if time_for < FEWEST.get(stage, 0):
            return 0
        return max(1, min(KEPT[stage], time_for))

    def seconds(self, stage: Stage, turn: Turn = LAST, epoch_macs: float = 0.0) -> float | None:
        """Limit of a training's seconds, whose ``turn`` it is.

        ``epoch_macs`` are those of one epoch, forwards: a trial is to see a few of them.
        """
        most = self.most_seconds(stage, turn)
        if most is None or stage is not Stage.TRIAL:
            return most
        wanted = EPOCHS_A_TRIAL * epoch_macs / self._macs_a_second
        longest = self._end(stage) * self._workers / FEWEST_TRIALS - self._overhead
        self._latest = min(max(self._share, min(wanted, longest)), MOST_TRIAL_SECONDS, most)
        return self._latest

    def most_seconds(self, stage: Stage, turn: Turn = LAST) -> float | None:
        """What is left of ``stage`` for the training whose ``turn`` it is; None without a
        deadline."""
        if self._limits.deadline is None:
            return None
        left = self._end(stage) - self.elapsed - turn.rounds * self._overhead
        return max(1.0, turn.part * left)

    def epochs(self, stage: Stage, windows: int) -> int:
        """Limit of a training's epochs on ``windows`` training windows."""
        if self._limits.deadline is not None:
            return MOST_EPOCHS[stage]
        wanted = max(round(WINDOWS[stage] / max(windows, 1)), 5)
        return min(wanted, MOST_EPOCHS[stage], MOST_EPOCHS_COUNTED)

    def learn(self, ended: Ended) -> None:
        """Note what ``ended`` took beside the seconds of its training.

        That of the final trainings says nothing, as they may quantise in several ways, nor does
        that of a failure.
        """
        if ended.failure or ended.stage in (Stage.FINAL, Stage.REFIT):
            return
        self._overhead = max(0.5 * self._overhead, MARGIN * (ended.took - ended.seconds), 1.0)

    def _end(self, stage: Stage) -> float:
        return self._total * self._ends[stage]

    @property
    def _total(self) -> float:
        deadline = self._limits.deadline
        if deadline is None:
            return float("inf")
        return max(deadline - self._kept - self._began, 0.0)

    @property
    def _share(self) -> float:
        """A trial's seconds where TRIALS_WANTED share the time."""
        share = self._end(Stage.TRIAL) * self._workers / TRIALS_WANTED - self._overhead
        return max(share, LEAST_TRIAL_SECONDS)

    @property
    def _usual(self) -> float:
        """What a trial takes: as long as the one before."""
        return max(1.0, min(max(self._share, self._latest), self._end(Stage.TRIAL)))

    @property
    def _macs_a_second(self) -> float:
        return MACS_A_SECOND * cores() / self._workers / 2


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
