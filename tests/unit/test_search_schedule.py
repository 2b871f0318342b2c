from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from automl_edge.domain.candidate import Backbone
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.pretrained import MOBILENET_V1
from automl_edge.search.records import FOLDS, Ended, Proposal, Stage
from automl_edge.search.schedule import (
    EPOCHS_WANTED,
    KEPT,
    MACS_A_SECOND,
    MOST_UNLIMITED_MACS,
    OVERHEAD_SECONDS,
    Limits,
    Schedule,
    Turn,
    cores,
)
from automl_edge.search.shares import ENDS, ENDS_PRETRAINED, ENDS_WITH_FOLDS, ends_of
from tests.tiny_search import tiny_problem


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _spend(
    schedule: Schedule, clock: Clock, stage: Stage, remaining: int = 1, around: float = 3
) -> float:
    """One training that takes all the seconds it is given, and some more ``around`` it."""
    seconds = schedule.seconds(stage, Turn.of(remaining))
    assert seconds is not None
    clock.now += seconds + around
    took = seconds + around
    schedule.learn(Ended(0, stage, Proposal("tiny", ()), 0.5, 0.5, 1.0, seconds, 0, took=took))
    return seconds


LATER = (Stage.LONGER, Stage.FOLD, Stage.FINAL, Stage.REFIT, Stage.UNLIMITED, Stage.LESS)


EVERY = (ENDS, ENDS_WITH_FOLDS, ENDS_PRETRAINED)


def _run(
    total: float, ends: Mapping[Stage, float] = ENDS, around: float = 3
) -> tuple[dict[Stage, list[float]], Clock]:
    """Seconds of every training that a search of ``total`` seconds has time for."""
    clock = Clock()
    schedule = Schedule(Limits(deadline=100 + total), clock=clock, ends=ends)
    spent: dict[Stage, list[float]] = {stage: [] for stage in Stage}
    while not spent[Stage.TRIAL] or schedule.has_time_for(Stage.TRIAL):
        spent[Stage.TRIAL].append(_spend(schedule, clock, Stage.TRIAL, around=around))
    for stage in LATER:
        wanted = schedule.kept(stage) if stage in KEPT else 1
        if stage is Stage.FOLD:
            wanted *= FOLDS if ends is ENDS_WITH_FOLDS else 0
        for remaining in range(wanted, 0, -1):
            if schedule.has_time_for(stage):
                spent[stage].append(_spend(schedule, clock, stage, remaining, around))
    return spent, clock


@pytest.mark.parametrize("ends", EVERY)
@pytest.mark.parametrize("total", [12.0, 60.0, 95.0, 180.0, 552.0, 3600.0])
def test_every_stage_ends_before_the_deadline(total: float, ends: Mapping[Stage, float]) -> None:
    spent, clock = _run(total, ends)
    assert clock.now <= 100 + total
    assert spent[Stage.TRIAL]


def test_ten_minutes_hold_many_trials_and_ever_longer_trainings_of_ever_fewer() -> None:
    spent, _ = _run(552.0)
    assert 14 <= len(spent[Stage.TRIAL]) <= 22
    assert 3 <= len(spent[Stage.LONGER]) <= 5
    assert len(spent[Stage.FINAL]) in (2, 3)
    assert len(spent[Stage.REFIT]) == 1
    order = (Stage.TRIAL, Stage.LONGER, Stage.FINAL, Stage.REFIT)
    trial, longer, final, refit = (min(spent[stage]) for stage in order)
    assert 1.5 * trial < longer < final
    assert 3 * final < refit


def test_three_minutes_hold_every_stage_though_tracing_is_slow() -> None:
    spent, _ = _run(165.0, around=8)
    assert len(spent[Stage.TRIAL]) >= 2
    assert spent[Stage.FINAL]
    assert len(spent[Stage.REFIT]) == 1


def test_where_few_are_held_out_ten_minutes_cross_validate_some_designs() -> None:
    spent, _ = _run(552.0, ENDS_WITH_FOLDS)
    assert len(spent[Stage.FOLD]) in (2 * FOLDS, 3 * FOLDS)
    assert min(spent[Stage.FOLD]) >= 0.8 * min(spent[Stage.TRIAL])
    assert len(spent[Stage.FINAL]) <= 2
    assert max(spent[Stage.REFIT]) > 100
    assert not _run(60.0, ENDS_WITH_FOLDS)[0][Stage.FOLD]


def test_where_weights_are_at_hand_less_is_tried_and_the_winner_is_trained_for_longer() -> None:
    problem = tiny_problem()
    weights = replace(problem.task, backbones=(Backbone(MOBILENET_V1, 0.25, 128),))
    pretrained = replace(problem, task=weights)
    ends = ends_of(pretrained, folds=False)
    assert ends is ENDS_PRETRAINED
    assert ends_of(pretrained, folds=True) is ENDS_WITH_FOLDS
    assert ends_of(replace(pretrained, optimize=Optimize.SIZE), folds=False) is ENDS
    assert ends_of(problem, folds=False) is ENDS
    (usual, _), (spent, _) = _run(552.0), _run(552.0, ends)
    assert len(spent[Stage.TRIAL]) < len(usual[Stage.TRIAL])
    assert max(spent[Stage.REFIT]) > 1.3 * max(usual[Stage.REFIT])
    assert len(spent[Stage.FINAL]) >= 2


def test_large_networks_on_much_data_are_tried_for_longer_and_fewer_of_them() -> None:
    clock = Clock()
    schedule = Schedule(Limits(deadline=652.0), clock=clock)
    small = schedule.seconds(Stage.TRIAL, epoch_macs=1e6)
    large = schedule.seconds(Stage.TRIAL, epoch_macs=2e10 * cores())
    assert small is not None
    assert large is not None
    assert large > 2 * small
    few = schedule.kept(Stage.LONGER)
    assert few < Schedule(Limits(deadline=652.0), clock=clock).kept(Stage.LONGER)
    clock.now += 0.35 * 552
    assert not schedule.has_time_for(Stage.TRIAL)


@pytest.mark.parametrize(
    ("trials", "longer", "folds", "final"),
    [(1, 1, 0, 1), (6, 2, 0, 1), (12, 4, 3, 2), (100, 5, 3, 3)],
)
def test_few_trials_are_followed_by_few_longer_trainings(
    trials: int, longer: int, folds: int, final: int
) -> None:
    schedule = Schedule(Limits(trials=trials))
    assert schedule.kept(Stage.FOLD) == folds
    assert (schedule.kept(Stage.LONGER), schedule.kept(Stage.FINAL)) == (longer, final)


def test_more_workers_train_longer_side_by_side() -> None:
    one, two = (Schedule(Limits(deadline=652.0), count, Clock()) for count in (1, 2))
    for stage, remaining in ((Stage.TRIAL, 1), (Stage.FINAL, 2)):
        alone = one.seconds(stage, Turn.of(remaining))
        shared = two.seconds(stage, Turn.of(-(-remaining // 2)))
        assert alone is not None
        assert shared is not None
        assert shared > 1.5 * alone


def test_without_a_deadline_only_epochs_limit() -> None:
    schedule = Schedule(Limits(trials=3))
    assert schedule.seconds_left is None
    assert schedule.seconds(Stage.TRIAL) is None
    assert schedule.has_time_for(Stage.TRIAL)
    assert schedule.most_macs(1000) == float("inf")
    assert schedule.epochs(Stage.TRIAL, 1000) == 20
    assert schedule.epochs(Stage.FINAL, 1000) == 80
    assert schedule.epochs(Stage.TRIAL, 10**6) == 5


@pytest.mark.parametrize("windows", [30, 300, 3000])
def test_where_trials_are_counted_the_unlimited_network_costs_no_more_than_the_winner(
    windows: int,
) -> None:
    schedule = Schedule(Limits(trials=3))
    refit, own = (schedule.epochs(each, windows) for each in (Stage.REFIT, Stage.UNLIMITED))
    assert 50_000 < schedule.unlimited_macs(windows, 50_000) <= 50_000 * refit / own
    assert schedule.unlimited_macs(windows, 10**9) == MOST_UNLIMITED_MACS


def test_a_training_that_is_done_again_ends_with_its_stage() -> None:
    clock = Clock()
    schedule = Schedule(Limits(deadline=1100.0), clock=clock)
    assert schedule.most_seconds(Stage.REFIT) == pytest.approx(930 - OVERHEAD_SECONDS)
    clock.now += 900
    assert schedule.most_seconds(Stage.REFIT) == pytest.approx(30 - OVERHEAD_SECONDS)
    clock.now += 50
    assert schedule.most_seconds(Stage.REFIT) == 1.0
    assert Schedule(Limits(trials=3)).most_seconds(Stage.REFIT) is None


def test_a_stage_is_shared_as_the_turns_say_and_ends_in_time() -> None:
    clock = Clock()
    schedule = Schedule(Limits(deadline=1100.0), clock=clock)
    clock.now += 360
    first = _spend_turn(schedule, clock, Turn(2, 0.75))
    second = _spend_turn(schedule, clock, Turn())
    assert first == pytest.approx(3 * second)
    assert first + second + 2 * OVERHEAD_SECONDS == pytest.approx(180)


def test_a_failure_does_not_teach_what_a_training_takes_besides() -> None:
    schedule = Schedule(Limits(deadline=1100.0), clock=Clock())
    before = schedule.most_seconds(Stage.REFIT)
    ended = Ended(0, Stage.TRIAL, Proposal("tiny", ()), 0.5, 0.5, 1.0, 5.0, 0, took=5.0)
    schedule.learn(replace(ended, failure="no"))
    assert schedule.most_seconds(Stage.REFIT) == before
    schedule.learn(ended)
    assert schedule.most_seconds(Stage.REFIT) != before


def test_a_longer_proof_ends_the_search_earlier_and_a_shorter_one_later() -> None:
    clock = Clock()
    schedule = Schedule(Limits(deadline=1100.0, proof=25.0), clock=clock)
    clock.now += 540
    assert schedule.seconds_left == 460
    schedule.keep_for_proof(10.0)
    assert schedule.seconds_left == 475
    assert schedule.seconds(Stage.REFIT) == pytest.approx(0.93 * 1015 - 540 - OVERHEAD_SECONDS)
    schedule.keep_for_proof(125.0)
    assert schedule.seconds_left == 360
    seconds = schedule.seconds(Stage.REFIT)
    assert seconds == pytest.approx(0.93 * 900 - 540 - OVERHEAD_SECONDS)
    without = Schedule(Limits(trials=3))
    without.keep_for_proof(1000.0)
    assert without.seconds(Stage.REFIT) is None
    assert without.has_time_for(Stage.REFIT)


def _spend_turn(schedule: Schedule, clock: Clock, turn: Turn) -> float:
    seconds = schedule.seconds(Stage.FINAL, turn)
    assert seconds is not None
    clock.now += seconds + OVERHEAD_SECONDS
    return seconds


@pytest.mark.parametrize("ends", EVERY)
def test_the_largest_network_has_the_time_of_the_stages_that_train_for_long(
    ends: Mapping[Stage, float],
) -> None:
    schedule = Schedule(Limits(deadline=1100.0), clock=Clock(), ends=ends)
    final = 1000 * (ends[Stage.FINAL] - ends[Stage.FOLD]) / KEPT[Stage.FINAL]
    refit = 1000 * (ends[Stage.REFIT] - ends[Stage.FINAL])
    macs = MACS_A_SECOND * cores() / 2 * (final + refit)
    assert schedule.most_macs(7) == pytest.approx(macs / (7 * EPOCHS_WANTED))


def test_more_data_and_less_time_ask_for_smaller_networks() -> None:
    schedule = Schedule(Limits(deadline=700.0), clock=Clock())
    hurried = Schedule(Limits(deadline=160.0), clock=Clock())
    assert schedule.most_macs(500) > schedule.most_macs(5000) > hurried.most_macs(5000)
