"""What a search does with measurements and well-known networks, on a small made-up task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.run import (
    ignore_events,
)
from automl_edge.feedback import Measured
from automl_edge.search import (
    Alone,
    Limits,
    Terms,
    Workshop,
    open_run,
    run_compiled,
    run_search,
    schedule,
    session,
    trials,
)
from automl_edge.search.preference import longest, standard_error
from automl_edge.search.problem import Problem
from automl_edge.search.proposals import SMALL_TURN, Named, Proposer
from automl_edge.search.records import COMPARED, Stage
from automl_edge.search.run import winner_of
from automl_edge.training import Quantised, Trained
from tests.search_runs import never, quick, search_small, trainings_in, workshop_of
from tests.tiny_search import IDENTITY, features_for, measure, tiny_problem


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(request, monkeypatch)


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
