from __future__ import annotations

import pytest

from automl_edge.search.records import Ended, Proposal, Stage
from automl_edge.search.schedule import TRIALS_SHARE, Limits, Schedule


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _spend(schedule: Schedule, clock: Clock, stage: Stage, remaining: int = 1) -> float:
    """One training that takes all the seconds it is given, and three more around it."""
    seconds = schedule.seconds(stage, remaining)
    assert seconds is not None
    clock.now += seconds + 3
    ended = Ended(0, stage, Proposal("tiny", ()), 0.5, 0.5, 1.0, seconds, 0)
    schedule.learn(ended, seconds + 3)
    return seconds


@pytest.mark.parametrize("total", [12.0, 60.0, 180.0, 600.0, 3600.0])
def test_trials_and_finals_end_before_the_deadline(total: float) -> None:
    clock = Clock()
    schedule = Schedule(Limits(deadline=100 + total), clock)
    trials = 0
    while schedule.has_time_for_trial(trials):
        _spend(schedule, clock, Stage.TRIAL)
        trials += 1
    assert trials >= 1
    if trials > 1:
        assert clock.now <= 100 + TRIALS_SHARE * total
    for remaining in (2, 1):
        if schedule.has_time_for_final():
            _spend(schedule, clock, Stage.FINAL, remaining)
    assert clock.now <= 100 + total
    assert schedule.seconds_left == 100 + total - clock.now


def test_ten_minutes_hold_a_dozen_trials_and_two_long_finals() -> None:
    clock = Clock()
    schedule = Schedule(Limits(deadline=680.0), clock)
    trials = 0
    while schedule.has_time_for_trial(trials):
        trial = _spend(schedule, clock, Stage.TRIAL)
        trials += 1
    assert 12 <= trials <= 20
    assert _spend(schedule, clock, Stage.FINAL, 2) > 5 * trial
    assert _spend(schedule, clock, Stage.FINAL, 1) > 5 * trial


def test_without_a_deadline_only_epochs_limit() -> None:
    schedule = Schedule(Limits(trials=3))
    assert schedule.seconds_left is None
    assert schedule.seconds(Stage.TRIAL) is None
    assert schedule.has_time_for_trial(1000)
    assert schedule.most_macs(1000) == float("inf")
    assert schedule.epochs(Stage.TRIAL, 1000) == 20
    assert schedule.epochs(Stage.FINAL, 1000) == 120
    assert schedule.epochs(Stage.TRIAL, 10**6) == 5


def test_more_data_and_less_time_ask_for_smaller_networks() -> None:
    schedule = Schedule(Limits(deadline=700.0), Clock())
    hurried = Schedule(Limits(deadline=160.0), Clock())
    assert schedule.most_macs(500) > schedule.most_macs(5000) > hurried.most_macs(5000)
