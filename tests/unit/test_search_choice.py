"""What a search trains for longer, chooses and ships, on a small made-up task."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.run import (
    Enough,
    Event,
    TrialEnded,
    ignore_events,
)
from automl_edge.domain.target import Budget
from automl_edge.errors import Interrupted
from automl_edge.feedback import Measured
from automl_edge.search import (
    Alone,
    Limits,
    Terms,
    Workshop,
    afterwards,
    checks,
    open_run,
    reopen_run,
    run_compiled,
    run_search,
    schedule,
    session,
    take_training,
    trials,
)
from automl_edge.search.preference import longest, standard_error
from automl_edge.search.problem import Problem
from automl_edge.search.proposals import SMALL_TURN, Named, Proposer
from automl_edge.search.records import COMPARED, FOLDS, Stage
from automl_edge.search.run import winner_of
from automl_edge.training import Quantised, Trained, TrainingData
from tests.search_runs import never, quick, search_small, trainings_in, workshop_of
from tests.tiny_search import IDENTITY, features_for, measure, tiny_problem


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


def _in_seconds(seconds: float) -> Limits:
    return Limits(deadline=time.monotonic() + seconds)


def test_a_well_known_design_is_trained_for_longest_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Problem, "knows", lambda _, ended: ended.parent == 3)
    monkeypatch.setattr(session, "KNOWN_WITHIN_REACH", 1.0)
    monkeypatch.setattr("automl_edge.search.run.WITHIN_REACH", 1.0)
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 4, Stage.FOLD: 2, Stage.FINAL: 2})
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 12)
        trained = trainings_in(journal)
    for stage in (Stage.LONGER, Stage.FINAL):
        assert 3 in [e.parent for e in trained if e.stage is stage]


def test_time_is_kept_for_the_proof_of_a_winner_that_answers_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[float] = []
    monkeypatch.setattr(schedule.Schedule, "keep_for_proof", lambda _, s: kept.append(s))
    trained = trials.run_job
    monkeypatch.setattr(
        "automl_edge.search.crew.run_job",
        lambda *given: replace(trained(*given), answer_seconds=0.5),
    )
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=1), 80, 1, proved=100)
        run_search(tiny_problem(), workshop_of(journal), terms, ignore_events)
    assert kept == [session.PROOF_SECONDS + session.PROOF_RUNS * 50]


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


def test_what_does_not_fit_as_measured_is_neither_finished_nor_chosen(tmp_path: Path) -> None:
    with open_run(tmp_path / "all", IDENTITY) as journal:
        best = search_small(journal, 2).candidate

    def best_is_slow(candidate: Candidate, model: bytes) -> Measured:
        found = measure(candidate, model)
        if candidate.values == best.values:
            return replace(found, footprint=replace(found.footprint, latency_ms=1e6))
        return found

    with open_run(tmp_path / "slow", IDENTITY) as journal:
        workshop = Workshop(features_for, run_compiled, journal, best_is_slow)
        result = search_small(journal, 2, workshop)
        finished = [e.proposal.values for e in trainings_in(journal) if e.stage is Stage.LONGER]
    assert result.candidate.values != best.values
    assert finished
    assert best.values not in finished


def test_what_missed_the_budget_as_measured_is_known_to_a_resumed_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[frozenset[Named]] = []
    monkeypatch.setattr(Proposer, "correct", lambda _, __, missed: told.append(frozenset(missed)))

    def first_is_slow(candidate: Candidate, model: bytes) -> Measured:
        found = measure(candidate, model)
        latency = 1.0 if told[-1] else 1e6
        return replace(found, footprint=replace(found.footprint, latency_ms=latency))

    with open_run(tmp_path, IDENTITY) as journal:
        workshop = Workshop(features_for, run_compiled, journal, first_is_slow)
        search_small(journal, 3, workshop)
        first = trainings_in(journal)[0].proposal
        assert told[0] == frozenset()
        assert told[-1] == {(first.space, first.values)}
        told.clear()
        terms = Terms(Limits(trials=3), 80, 1)
        session.Session(tiny_problem(), workshop, terms, ignore_events, Alone(workshop))
    assert told == [{(first.space, first.values)}]


def test_of_well_known_designs_the_one_that_computes_most_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Problem, "knows", lambda _, __: True)
    monkeypatch.setattr(session, "KNOWN_WITHIN_REACH", 1.0)
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 6)
        terms = Terms(Limits(trials=6), 80, 1)
        workshop = workshop_of(journal)
        whole = session.Session(tiny_problem(), workshop, terms, ignore_events, Alone(workshop))
    best_first = whole.promising(Stage.LONGER)
    known = filter(whole.proposer.is_well_known, best_first)
    macs = [whole.finals.rebuilt(e.proposal).candidate.footprint.macs for e in known]
    chosen = whole.known_of(best_first, best_first[0])
    assert chosen is not None
    assert whole.finals.rebuilt(chosen.proposal).candidate.footprint.macs == max(macs) > macs[0]


def test_what_is_alike_is_counted_from_the_best_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three designs: the first misses the budget, and the third, well known, is more than two
    standard errors behind that, but not behind the second."""
    scores = {0: 0.90, 1: 0.86, 2: 0.80}
    monkeypatch.setattr(Problem, "knows", lambda _, ended: ended.number == 2)
    problem = replace(tiny_problem(), validation=80)
    assert 2 * standard_error(0.90, 80) < 0.10
    assert 2 * standard_error(0.86, 80) > 0.06
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 3)
        workshop = workshop_of(journal, never)
        whole = session.Session(
            problem, workshop, Terms(Limits(trials=3), 80, 1), ignore_events, Alone(workshop)
        )
    whole.ended = [replace(e, score=scores[e.number]) for e in whole.of(Stage.TRIAL)]
    monkeypatch.setattr(whole.finals, "fits", lambda ended: ended.number != 0)
    assert [e.number for e in whole.ranked] == [0, 1, 2]
    assert winner_of(whole).number == 2


def test_where_all_miss_the_budget_the_one_that_is_the_least_over_is_there(tmp_path: Path) -> None:
    def slow(candidate: Candidate, model: bytes) -> Measured:
        found = measure(candidate, model)
        latency = 1e6 + candidate.footprint.flash_bytes
        return replace(found, footprint=replace(found.footprint, latency_ms=latency))

    with open_run(tmp_path, IDENTITY) as journal:
        workshop = Workshop(features_for, run_compiled, journal, slow)
        found = search_small(journal, 4, workshop)
    flash = [point.flash_bytes for point in found.points]
    assert next(p.flash_bytes for p in found.points if p.number == found.chosen) == min(flash)
    assert len({*flash}) > 1


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


@pytest.mark.parametrize("fits", [True, False])
def test_a_perfect_score_ends_the_trials_if_it_fits_as_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fits: bool
) -> None:
    def perfect(trained: Trained, *_: object) -> Quantised:
        return Quantised(b"\0\0\0\0TFL3" + trained.weights[0].tobytes(), 1.0, Quantisation.PTQ)

    def slow(candidate: Candidate, model: bytes) -> Measured:
        found = measure(candidate, model)
        return replace(found, footprint=replace(found.footprint, latency_ms=1e6))

    monkeypatch.setattr(trials, "quantise_plainly", perfect)
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = Workshop(features_for, run_compiled, journal, measure if fits else slow)
        search_small(journal, SMALL_TURN + 2, workshop)
        tried = [e for e in trainings_in(journal) if e.stage is Stage.TRIAL]
    assert len(tried) == (SMALL_TURN if fits else SMALL_TURN + 2)


def test_of_well_known_designs_one_that_fits_as_measured_is_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the best of them, if that one does not."""
    known = (2, 3)
    monkeypatch.setattr(Problem, "knows", lambda _, ended: ended.parent in known)
    monkeypatch.setattr(session, "KNOWN_WITHIN_REACH", 1.0)
    monkeypatch.setattr("automl_edge.search.run.WITHIN_REACH", 1.0)
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 4, Stage.FOLD: 2, Stage.FINAL: 2})
    with open_run(tmp_path / "all", IDENTITY) as journal:
        search_small(journal, 12)
        both = [e for e in trainings_in(journal) if e.number in known]
    better, other = sorted(both, key=lambda e: -e.float_score)

    def better_is_slow(candidate: Candidate, model: bytes) -> Measured:
        found = measure(candidate, model)
        if candidate.values == better.proposal.values:
            return replace(found, footprint=replace(found.footprint, latency_ms=1e6))
        return found

    with open_run(tmp_path / "slow", IDENTITY) as journal:
        search_small(journal, 12, Workshop(features_for, run_compiled, journal, better_is_slow))
        finished = [e.parent for e in trainings_in(journal) if e.stage is Stage.FINAL]
    assert other.number in finished
    assert better.number not in finished


def test_a_wish_for_size_decides_between_trainings_that_are_alike(tmp_path: Path) -> None:
    problem = replace(tiny_problem(), optimize=Optimize.SIZE, validation=4)
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = workshop_of(journal)
        result = run_search(problem, workshop, Terms(Limits(trials=3), 80, 1), ignore_events)
        trained = trainings_in(journal)
    compared = longest((e for e in trained if e.stage in COMPARED), problem.validation)
    top = max(e.score for e in compared)
    least = top - standard_error(top, problem.validation)
    budget = problem.budget
    costs = {
        point.number: point.flash_bytes / budget.flash_bytes + point.ram_bytes / budget.ram_bytes
        for point in result.points
    }
    alike = [e.number for e in compared if e.score >= least]
    assert len(alike) > 1
    assert costs[result.chosen] == min(costs[number] for number in alike)


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
