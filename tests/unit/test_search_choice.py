"""What a search trains for longer, chooses and ships, on a small made-up task."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.candidate import Candidate, Design, HyperParameters, Task
from automl_edge.domain.features import FeatureSpec, ImageSpec
from automl_edge.domain.run import (
    Enough,
    Event,
    TrialEnded,
    ignore_events,
)
from automl_edge.domain.target import Budget
from automl_edge.errors import Interrupted
from automl_edge.search import (
    Alone,
    Journal,
    Limits,
    Terms,
    afterwards,
    checks,
    open_run,
    reopen_run,
    run_search,
    schedule,
    session,
    take_training,
    trials,
)
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import FOLDS, Ended, Proposal, Stage
from automl_edge.training import TrainingData
from tests.search_runs import never, quick, search_small, trainings_in, workshop_of
from tests.tiny_search import IDENTITY, Stripes, features_for, tiny_problem


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(request, monkeypatch)


def _of_groups(spec: FeatureSpec) -> TrainingData:
    """The made-up data, every recording a group of its own."""
    data = features_for(spec)
    names = iter(map(str, range(1000)))
    train, validation = (
        replace(part, groups=tuple(next(names) for _ in part.groups))
        for part in (data.train, data.validation)
    )
    return replace(data, train=train, validation=validation)


def test_where_few_are_held_out_cross_validation_chooses_the_design(tmp_path: Path) -> None:
    few = replace(tiny_problem(), validation=60)
    terms = Terms(Limits(trials=8), 80, 1, groups=140)
    with open_run(tmp_path, IDENTITY) as journal:
        result = run_search(few, workshop_of(journal, _of_groups), terms, ignore_events)
        ended = trainings_in(journal)
    folds = [e for e in ended if e.stage is Stage.FOLD]
    means: dict[int, float] = {}
    for parent in {e.parent for e in folds}:
        own = [e for e in folds if e.parent == parent]
        assert sorted(e.fold for e in own if e.fold is not None) == list(range(FOLDS))
        means[parent] = sum(e.score for e in own) / FOLDS
    assert len(means) == 2
    best = max(means, key=lambda parent: means[parent])
    assert next(e for e in ended if e.number == result.chosen).parent == best
    assert result.folded == pytest.approx(means[best])
    assert [e.parent for e in ended if e.stage is Stage.FINAL] == [best]

    with open_run(tmp_path, IDENTITY, resume=True) as journal:
        again = run_search(few, workshop_of(journal, never), terms, ignore_events)
    assert again.chosen == result.chosen


def test_a_single_design_is_not_cross_validated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl_edge.search.run.WITHIN_REACH", -1.0)
    few = replace(tiny_problem(), validation=60)
    terms = Terms(Limits(trials=8), 80, 1, groups=140)
    with open_run(tmp_path, IDENTITY) as journal:
        result = run_search(few, workshop_of(journal, _of_groups), terms, ignore_events)
        assert Stage.FOLD not in {e.stage for e in trainings_in(journal)}
    assert result.folded is None


@pytest.mark.parametrize(("held_out", "groups"), [(0, 140), (151, 140), (60, 11)])
def test_nothing_is_cross_validated_where_enough_are_held_out_or_groups_are_few(
    tmp_path: Path, held_out: int, groups: int
) -> None:
    problem = replace(tiny_problem(), validation=held_out)
    terms = Terms(Limits(trials=8), 80, 1, groups)
    with open_run(tmp_path, IDENTITY) as journal:
        result = run_search(problem, workshop_of(journal, _of_groups), terms, ignore_events)
        assert Stage.FOLD not in {e.stage for e in trainings_in(journal)}
    assert result.folded is None


def test_the_best_small_design_is_finished_too_for_who_picks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_another(_: Proposer, own: Candidate, best: Candidate) -> bool:
        return own.values != best.values

    monkeypatch.setattr(Proposer, "is_small", is_another)
    monkeypatch.setattr(session, "SMALL_WITHIN_REACH", 1.0)
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 4, Stage.FOLD: 2, Stage.FINAL: 2})
    with open_run(tmp_path, IDENTITY) as journal:
        whole = search_small(journal, 12)
        trained = trainings_in(journal)
    winner = next(e for e in trained if e.number == whole.chosen)
    first, second = (e for e in trained if e.stage is Stage.REFIT)
    small = next(e for e in trained if e.number == second.source)
    assert (first.source, small.stage) == (winner.number, Stage.FINAL)
    assert small.parent != winner.parent

    monkeypatch.setattr(afterwards, "can_spare", lambda *_: False)
    with open_run(tmp_path / "alone", IDENTITY) as journal:
        search_small(journal, 12)
        (refit,) = (e for e in trainings_in(journal) if e.stage is Stage.REFIT)
    assert refit.source == winner.number

    before = (tmp_path / "journal.jsonl").read_bytes()
    workshop = workshop_of(reopen_run(tmp_path, IDENTITY), never)
    picked = take_training(tiny_problem(), workshop, 1, small.number)
    assert (tmp_path / "journal.jsonl").read_bytes() == before
    better = second if second.score >= small.score else small
    assert picked.shipped.number == better.number
    assert (picked.judged.number, picked.candidate.values) == (small.number, small.proposal.values)


def test_a_small_size_of_the_winners_network_goes_on_from_the_winners_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it was in no final training, and the winner can spare no time for others."""

    def is_another(_: object, own: Ended, winner: Ended) -> bool:
        return own.parent != winner.parent

    monkeypatch.setattr(afterwards, "is_resized", is_another)
    monkeypatch.setattr(afterwards, "can_spare", lambda *_: False)
    monkeypatch.setattr(Proposer, "is_small", lambda *_: True)
    monkeypatch.setattr(session, "SMALL_WITHIN_REACH", 1.0)
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 2, Stage.FOLD: 2, Stage.FINAL: 1})
    with open_run(tmp_path, IDENTITY) as journal:
        whole = search_small(journal, 12)
        trained = trainings_in(journal)
    winner = next(e for e in trained if e.number == whole.chosen)
    large, small = (e for e in trained if e.stage is Stage.REFIT)
    assert (large.source, large.parent) == (winner.number, winner.parent)
    assert small.source == large.number
    assert small.parent not in {e.parent for e in trained if e.stage is Stage.FINAL}


@pytest.mark.parametrize(("pace", "spares"), [(1.0, True), (10.0, False)])
def test_a_winner_that_learns_slowly_shares_its_refit_with_no_other(
    tmp_path: Path, pace: float, spares: bool
) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 1)
        workshop = workshop_of(journal)
        ended = trainings_in(journal)[0]
        winner = replace(ended, seconds=pace * ended.epochs)
        for limits, expected in ((Limits(trials=3), True), (_in_seconds(1000), spares)):
            terms = Terms(limits, 80, 1)
            one = session.Session(tiny_problem(), workshop, terms, ignore_events, Alone(workshop))
            assert afterwards.can_spare(one, winner) is expected


@pytest.mark.parametrize(
    ("size", "filters", "resized"), [(16, 8, True), (8, 8, False), (16, 4, False)]
)
def test_one_network_for_photos_of_two_sizes_is_known_by_its_weights(
    tmp_path: Path, size: int, filters: int, resized: bool
) -> None:
    problem = replace(tiny_problem(), spaces=(_TwoSizes(),))
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = workshop_of(journal)
        one = session.Session(
            problem, workshop, Terms(Limits(), 80, 1), ignore_events, Alone(workshop)
        )
        small, other = _ended_of(journal, 0, 8, 8), _ended_of(journal, 1, size, filters)
        assert afterwards.is_resized(one, small, other) is resized


class _TwoSizes(Stripes):
    """The same for photos of two sizes."""

    def build(self, hp: HyperParameters, task: Task) -> Design:
        own, size = super().build(hp, task), hp.choice("size", (8, 16))
        spec = ImageSpec(size, size, 1)
        return Design(spec, Architecture(spec.output_shape, own.architecture.layers))


def _ended_of(journal: Journal, number: int, size: int, filters: int) -> Ended:
    """A training of one convolution whose weights are in the journal's folder."""
    stream = io.BytesIO()
    np.savez(stream, np.zeros((3, 3, 1, filters), np.float32))
    journal.write_file(f"trials/{number}.npz", stream.getvalue())
    values = (("filters", filters), ("deep", False), ("size", size))
    proposal = Proposal("stripes", values)
    return Ended(
        number, Stage.FINAL, proposal, 0.8, 0.8, 1, 1, number, weights=f"trials/{number}.npz"
    )


def _in_seconds(seconds: float) -> Limits:
    return Limits(deadline=time.monotonic() + seconds)


@pytest.mark.parametrize(("build", "builds"), [(0.0, 10.0), (2.0, 40.0)])
def test_time_is_kept_for_the_proof_of_a_winner_by_how_it_was_built_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, build: float, builds: float
) -> None:
    kept: list[float] = []
    monkeypatch.setattr(schedule.Schedule, "keep_for_proof", lambda _, s: kept.append(s))
    trained = trials.run_job
    monkeypatch.setattr(
        "automl_edge.search.crew.run_job",
        lambda *given: replace(trained(*given), build_seconds=build, answer_seconds=0.5),
    )
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=1), 80, 1, proved=100)
        run_search(tiny_problem(), workshop_of(journal), terms, ignore_events)
    assert kept == [builds + session.PROOF_RUNS * 50]


@pytest.mark.parametrize("runs", [True, False])
def test_time_is_kept_for_measuring_a_winner_that_takes_long_on_the_emulated_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: bool
) -> None:
    """None where it would take so long that it is not run at all."""
    kept: list[float] = []
    monkeypatch.setattr(schedule.Schedule, "keep_for_proof", lambda _, s: kept.append(s))
    monkeypatch.setattr(checks, "PROMPT_CYCLES", 1000)
    if not runs:
        monkeypatch.setattr("automl_edge.device.measure.MOST_CYCLES", 1000)
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=1), 80, 1)
        found = run_search(tiny_problem(), workshop_of(journal), terms, ignore_events)
    target = tiny_problem().target
    cycles = found.candidate.footprint.latency_ms * target.clock_hz / 1000 / target.cycle_factor
    emulated = checks.PROMPT_SECONDS * cycles / 1000 if runs else 0.0
    assert kept == [pytest.approx(session.PROOF_SECONDS + session.MEASURED_AFTER * emulated)]


def test_one_design_with_all_its_folds_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 3)
        workshop = workshop_of(journal, never)
        terms = Terms(Limits(trials=3), 80, 1)
        whole = session.Session(tiny_problem(), workshop, terms, ignore_events, Alone(workshop))
    one, other, _ = whole.of(Stage.TRIAL)
    folds = [
        replace(each, number=number, stage=Stage.FOLD, fold=number % FOLDS)
        for number, each in enumerate([one] * FOLDS + [other] * FOLDS, start=100)
    ]
    whole.ended += folds[:-1]
    assert whole.folded == {}
    whole.ended.append(folds[-1])
    assert set(whole.folded) == {one.number, other.number}


def test_a_listener_who_has_enough_gets_the_best_so_far(tmp_path: Path) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, TrialEnded) and event.number == 2:
            raise Enough

    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=50), 80, 1)
        result = run_search(tiny_problem(), workshop_of(journal), terms, listen)
        trained = trainings_in(journal)
    assert [e.number for e in trained] == [0, 1, 2]
    assert result.score == max(e.score for e in trained)
    assert not result.refit

    with open_run(tmp_path, IDENTITY, resume=True) as journal:  # who wants more can go on
        terms = Terms(Limits(trials=4), 80, 1)
        run_search(tiny_problem(), workshop_of(journal), terms, ignore_events)
        assert [e.number for e in trainings_in(journal) if e.stage is Stage.TRIAL] == [0, 1, 2, 3]


def test_enough_before_anything_was_trained_is_an_interruption(tmp_path: Path) -> None:
    def listen(_: Event) -> None:
        raise Enough

    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=3), 80, 1)
        with pytest.raises(Interrupted, match="before the first"):
            run_search(tiny_problem(), workshop_of(journal), terms, listen)


def test_without_time_the_first_trial_is_what_there_is(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(deadline=0.0), 80, 1)
        result = run_search(tiny_problem(), workshop_of(journal), terms, ignore_events)
    assert result.trained == 1
    assert not result.refit
    assert result.curve == ()


def test_the_nearest_is_trained_when_nothing_fits(tmp_path: Path) -> None:
    problem = tiny_problem(Budget(1000, 10**6, 1e6))
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = workshop_of(journal)
        result = run_search(problem, workshop, Terms(Limits(trials=5), 80, 1), ignore_events)
    assert result.status == "nearest"
    assert result.trained == 1
    assert result.violations[0].resource == "flash"
    assert result.shipped.tflite[4:8] == b"TFL3"
    assert [check.number for check in result.learning.checks] == [result.chosen]
