"""The whole search on a small made-up task: counted, journalled, resumed, deterministic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.costs.correction import Corrections, MeasuredModel, Share
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.run import (
    CandidateMeasured,
    Enough,
    Event,
    FitSpec,
    Note,
    TrialEnded,
    ignore_events,
)
from automl_edge.domain.target import Budget
from automl_edge.errors import EnvironmentProblem, Interrupted, RunDirectoryError
from automl_edge.feedback import Measured
from automl_edge.search import (
    FeaturesFor,
    Journal,
    Limits,
    RunInt8,
    SearchResult,
    Terms,
    Workshop,
    note_asked,
    open_run,
    reopen_run,
    run_compiled,
    run_search,
    schedule,
    session,
    take_training,
)
from automl_edge.search.oracle import TrialSource
from automl_edge.search.preference import standard_error
from automl_edge.search.proposals import Problem, Proposer
from automl_edge.search.records import COMPARED, FOLDS, Ended, Stage, from_json
from automl_edge.training import TrainingData
from tests.tiny_search import DATA, IDENTITY, features_for, measure, tiny_problem, without_training


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few epochs where a test is marked ``trains``, no training at all elsewhere."""
    if request.node.get_closest_marker("trains") is None:
        without_training(monkeypatch)
    monkeypatch.setattr(schedule, "MOST_EPOCHS", dict.fromkeys(Stage, 5))
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 2, Stage.FOLD: 2, Stage.FINAL: 1})


def _workshop(
    journal: Journal, features: FeaturesFor = features_for, run_int8: RunInt8 = run_compiled
) -> Workshop:
    return Workshop(features, run_int8, journal, measure)


def _search(journal: Journal, trials: int, workshop: Workshop | None = None) -> SearchResult:
    workshop = workshop or _workshop(journal)
    return run_search(tiny_problem(), workshop, Terms(Limits(trials=trials), 80, 1), ignore_events)


def _trained(journal: Journal) -> list[Ended]:
    return [from_json(record) for record in journal.records if record["record"] == "trained"]


def test_killed_and_resumed_is_the_same_as_never_killed(tmp_path: Path) -> None:
    with open_run(tmp_path / "whole", IDENTITY) as journal:
        whole = _search(journal, 3)
        records = _trained(journal)
    assert [e.stage for e in records[:3]] == [Stage.TRIAL] * 3
    after = [e.stage for e in records if e.stage not in COMPARED]
    assert after in ([Stage.REFIT, *ask, Stage.LESS, Stage.LESS] for ask in ([], [Stage.UNLIMITED]))
    assert {e.stage for e in records[3 : -len(after)]} == {Stage.LONGER, Stage.FINAL}
    assert whole.trained == len(records)
    compared = [e for e in records if e.stage in COMPARED]
    assert len(whole.points) == len(compared)
    assert whole.status == "fits"
    assert whole.score == max(e.score for e in compared) > 0.5

    calls = []

    def interrupted(spec: FeatureSpec) -> TrainingData:
        calls.append(spec)
        if len(calls) > 4:  # two calls a trial: stops at the start of the third
            raise KeyboardInterrupt
        return DATA

    with (
        pytest.raises(KeyboardInterrupt),
        open_run(tmp_path / "killed", IDENTITY) as journal,
    ):
        _search(journal, 3, _workshop(journal, interrupted))
    with open_run(tmp_path / "killed", IDENTITY, resume=True) as journal:
        assert len(_trained(journal)) == 2
        resumed = _search(journal, 3)
        numbers = [e.number for e in _trained(journal)]
    assert numbers == list(range(len(records)))
    assert resumed.shipped.tflite == whole.shipped.tflite
    assert resumed.candidate == whole.candidate
    assert resumed.learning == whole.learning

    with open_run(tmp_path / "whole", IDENTITY, resume=True) as journal:
        once_more = _search(journal, 3, _workshop(journal, _never))
    assert once_more.shipped.tflite == whole.shipped.tflite


def _never(spec: FeatureSpec) -> TrainingData:
    raise AssertionError(f"trained again: {spec}")


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
        result = run_search(few, _workshop(journal, _of_groups), terms, ignore_events)
        ended = _trained(journal)
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
        again = run_search(few, _workshop(journal, _never), terms, ignore_events)
    assert again.chosen == result.chosen


@pytest.mark.parametrize(("held_out", "groups"), [(0, 140), (151, 140), (60, 11)])
def test_nothing_is_cross_validated_where_enough_are_held_out_or_groups_are_few(
    tmp_path: Path, held_out: int, groups: int
) -> None:
    problem = replace(tiny_problem(), validation=held_out)
    terms = Terms(Limits(trials=8), 80, 1, groups)
    with open_run(tmp_path, IDENTITY) as journal:
        result = run_search(problem, _workshop(journal, _of_groups), terms, ignore_events)
        assert Stage.FOLD not in {e.stage for e in _trained(journal)}
    assert result.folded is None


def test_a_model_changed_behind_our_back_is_noticed(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        _search(journal, 1)
        for ended in _trained(journal):
            (tmp_path / ended.model).write_bytes(b"TFL3")
        with pytest.raises(RunDirectoryError, match="not the model"):
            _search(journal, 1)


def test_any_training_can_be_taken_later_and_nothing_is_done_again(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        whole = _search(journal, 2)
        trained = _trained(journal)
    before = (tmp_path / "journal.jsonl").read_bytes()
    journal = reopen_run(tmp_path, IDENTITY)
    workshop = _workshop(journal, _never)
    own = next(ended for ended in trained if ended.number == whole.chosen)
    other = next(ended for ended in trained if ended.parent != own.parent)
    taken = take_training(tiny_problem(), workshop, 1, other.number)
    assert taken.chosen == other.number
    assert taken.shipped.tflite == (tmp_path / other.model).read_bytes()
    assert taken.candidate.values == other.proposal.values
    assert taken.points == whole.points
    assert (taken.sampled, taken.learning) == (whole.sampled, whole.learning)
    again = take_training(tiny_problem(), workshop, 1, whole.chosen)
    assert (again.candidate, again.shipped.tflite) == (whole.candidate, whole.shipped.tflite)
    with pytest.raises(RunDirectoryError, match="no model of number 99"):
        take_training(tiny_problem(), workshop, 1, 99)
    assert (tmp_path / "journal.jsonl").read_bytes() == before


def test_the_best_small_design_is_finished_too_for_who_picks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_another(_: Proposer, own: Candidate, best: Candidate) -> bool:
        return own.values != best.values

    monkeypatch.setattr(Proposer, "is_small", is_another)
    monkeypatch.setattr(session, "OTHERS_WITHIN_REACH", 1.0)
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 4, Stage.FOLD: 2, Stage.FINAL: 2})
    with open_run(tmp_path, IDENTITY) as journal:
        whole = _search(journal, 12)
        trained = _trained(journal)
    winner = next(e for e in trained if e.number == whole.chosen)
    first, second = (e for e in trained if e.stage is Stage.REFIT)
    small = next(e for e in trained if e.number == second.source)
    assert (first.source, small.stage) == (winner.number, Stage.FINAL)
    assert small.parent != winner.parent

    workshop = _workshop(reopen_run(tmp_path, IDENTITY), _never)
    picked = take_training(tiny_problem(), workshop, 1, small.number)
    better = second if second.score >= small.score else small
    assert picked.shipped.number == better.number
    assert (picked.judged.number, picked.candidate.values) == (small.number, small.proposal.values)


def test_a_well_known_design_is_trained_for_longest_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Problem, "knows", lambda _, ended: ended.parent == 3)
    monkeypatch.setattr(session, "OTHERS_WITHIN_REACH", 1.0)
    monkeypatch.setattr(session, "WITHIN_REACH", 1.0)
    monkeypatch.setattr(schedule, "KEPT", {Stage.LONGER: 4, Stage.FOLD: 2, Stage.FINAL: 2})
    with open_run(tmp_path, IDENTITY) as journal:
        _search(journal, 12)
        trained = _trained(journal)
    for stage in (Stage.LONGER, Stage.FINAL):
        assert 3 in [e.parent for e in trained if e.stage is stage]


def test_what_was_asked_may_be_noted_before_the_search_begins(tmp_path: Path) -> None:
    start = Corrections((MeasuredModel("before", (Share("softmax", 0.1, 0.2),)),))
    with open_run(tmp_path, IDENTITY) as journal:
        note_asked(journal, FitSpec(tmp_path / "data", "cortex-m4", tmp_path))
        workshop = _workshop(journal)
        problem = replace(tiny_problem(), corrections=start)
        result = run_search(problem, workshop, Terms(Limits(trials=1), 80, 1), ignore_events)
    assert result.learning.start == start


def test_what_does_not_fit_as_measured_is_neither_finished_nor_chosen(tmp_path: Path) -> None:
    with open_run(tmp_path / "all", IDENTITY) as journal:
        best = _search(journal, 2).candidate

    def best_is_slow(candidate: Candidate, model: bytes) -> Measured:
        found = measure(candidate, model)
        if candidate.values == best.values:
            return replace(found, footprint=replace(found.footprint, latency_ms=1e6))
        return found

    with open_run(tmp_path / "slow", IDENTITY) as journal:
        workshop = Workshop(features_for, run_compiled, journal, best_is_slow)
        result = _search(journal, 2, workshop)
        finished = [e.proposal.values for e in _trained(journal) if e.stage is Stage.LONGER]
    assert result.candidate.values != best.values
    assert finished
    assert best.values not in finished


def test_predictions_learn_from_each_finalist_that_is_measured(tmp_path: Path) -> None:
    events: list[Event] = []
    start = Corrections((MeasuredModel("before", (Share("softmax", 0.1, 0.2),)),))
    problem = replace(tiny_problem(), corrections=start)
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = _workshop(journal)
        result = run_search(problem, workshop, Terms(Limits(trials=2), 80, 1), events.append)
    learning = result.learning
    assert learning.start == start
    assert learning.end == start.learnt(*learning.lessons)
    assert learning.end.factor("softmax") == start.factor("softmax")
    assert learning.end.factor("conv_2d_packed") > 1.08
    told = [event for event in events if isinstance(event, CandidateMeasured)]
    assert [event.number for event in told] == [check.number for check in learning.checks]
    assert result.chosen in [event.number for event in told]
    assert told[-1].mean_error == learning.mean_error == pytest.approx(0.2)
    chosen = next(check for check in learning.checks if check.number == result.chosen)
    assert result.candidate.footprint.figures == chosen.predicted

    # The journal says what the run began with: what is handed in on a resume plays no part.
    with open_run(tmp_path, IDENTITY, resume=True) as journal:
        again = _search(journal, 2, _workshop(journal, _never))
    assert again.learning == learning
    assert again.candidate == result.candidate


def test_killed_before_a_measurement_goes_on_with_it(tmp_path: Path) -> None:
    def killed(candidate: Candidate, model: bytes) -> Measured:
        raise KeyboardInterrupt(candidate.space, len(model))

    with open_run(tmp_path / "whole", IDENTITY) as journal:
        whole = _search(journal, 1)
    with (
        pytest.raises(KeyboardInterrupt),
        open_run(tmp_path / "killed", IDENTITY) as journal,
    ):
        _search(journal, 1, Workshop(features_for, run_compiled, journal, killed))
    with open_run(tmp_path / "killed", IDENTITY, resume=True) as journal:
        assert len(_trained(journal)) == 1
        resumed = _search(journal, 1)
    assert resumed.learning == whole.learning
    assert resumed.shipped.tflite == whole.shipped.tflite


def test_a_measurement_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        journal.append({"record": "measured", "number": 0})
        with pytest.raises(RunDirectoryError, match="cannot read"):
            _search(journal, 1)


def test_a_wish_for_size_decides_between_trainings_that_are_alike(tmp_path: Path) -> None:
    problem = replace(tiny_problem(), optimize=Optimize.SIZE, validation=4)
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = _workshop(journal)
        result = run_search(problem, workshop, Terms(Limits(trials=3), 80, 1), ignore_events)
        trained = _trained(journal)
    top = max(e.score for e in trained if e.stage in COMPARED)
    least = top - standard_error(top, problem.validation)
    budget = problem.budget
    costs = {
        point.number: point.flash_bytes / budget.flash_bytes + point.ram_bytes / budget.ram_bytes
        for point in result.points
    }
    alike = [e.number for e in trained if e.stage in COMPARED and e.score >= least]
    assert len(alike) > 1
    assert costs[result.chosen] == min(costs[number] for number in alike)


def test_the_end_of_each_comparable_training_is_told(tmp_path: Path) -> None:
    events: list[Event] = []
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=3), 80, 1)
        result = run_search(tiny_problem(), _workshop(journal), terms, events.append)
    ends = [event for event in events if isinstance(event, TrialEnded)]
    assert [event.number for event in ends] == [point.number for point in result.points]
    assert ends[-1].best == max(event.score for event in ends) == result.score


def test_a_listener_who_has_enough_gets_the_best_so_far(tmp_path: Path) -> None:
    def listen(event: Event) -> None:
        if isinstance(event, TrialEnded) and event.number == 2:
            raise Enough

    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=50), 80, 1)
        result = run_search(tiny_problem(), _workshop(journal), terms, listen)
        trained = _trained(journal)
    assert [e.number for e in trained] == [0, 1, 2]
    assert result.score == max(e.score for e in trained)
    assert not result.refit

    with open_run(tmp_path, IDENTITY, resume=True) as journal:  # who wants more can go on
        terms = Terms(Limits(trials=4), 80, 1)
        run_search(tiny_problem(), _workshop(journal), terms, ignore_events)
        assert [e.number for e in _trained(journal) if e.stage is Stage.TRIAL] == [0, 1, 2, 3]


def test_enough_before_anything_was_trained_is_an_interruption(tmp_path: Path) -> None:
    def listen(_: Event) -> None:
        raise Enough

    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=3), 80, 1)
        with pytest.raises(Interrupted, match="before the first"):
            run_search(tiny_problem(), _workshop(journal), terms, listen)


def test_without_time_the_first_trial_is_what_there_is(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(deadline=0.0), 80, 1)
        result = run_search(tiny_problem(), _workshop(journal), terms, ignore_events)
    assert result.trained == 1
    assert not result.refit
    assert result.curve == ()


def test_the_nearest_is_trained_when_nothing_fits(tmp_path: Path) -> None:
    problem = tiny_problem(Budget(1000, 10**6, 1e6))
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = _workshop(journal)
        result = run_search(problem, workshop, Terms(Limits(trials=5), 80, 1), ignore_events)
    assert result.status == "nearest"
    assert result.trained == 1
    assert result.violations[0].resource == "flash"
    assert result.shipped.tflite[4:8] == b"TFL3"
    assert [check.number for check in result.learning.checks] == [result.chosen]


@pytest.mark.trains
def test_a_candidate_that_cannot_be_converted_is_given_up(tmp_path: Path) -> None:
    events: list[Event] = []

    def refuse(model: bytes, features: NDArray[np.int8]) -> NDArray[np.int8]:
        raise RuntimeError(f"no such operator in {len(model)} bytes for {features.shape}")

    with open_run(tmp_path, IDENTITY) as journal:
        workshop = _workshop(journal, run_int8=refuse)
        with pytest.raises(EnvironmentProblem, match="none of 3 candidates could be trained"):
            run_search(tiny_problem(), workshop, Terms(Limits(trials=9), 80, 1), events.append)
    notes = [event.text for event in events if isinstance(event, Note)]
    assert len(notes) == 3
    assert notes[0].startswith("trial 0 was given up: RuntimeError: no such operator")


def test_the_oracle_hands_out_what_the_proposer_proposes_and_then_stops() -> None:
    problem = tiny_problem()
    proposer = Proposer(problem, 1)
    source = TrialSource(proposer, (), most=2)
    first = source.next()
    assert first is not None
    assert first.proposal == proposer.propose(0, ())
    assert not first.candidate.footprint.violations(problem.budget)
    ended = Ended(0, Stage.TRIAL, first.proposal, 0.7, 0.7, 1.0, 1.0, 0)
    source.ended(ended)
    second = source.next()
    assert second is not None

    replayed = TrialSource(proposer, (ended,), most=2)
    assert replayed.next() == second
    replayed.ended(Ended(1, Stage.TRIAL, second.proposal, 0.6, 0.6, 1.0, 1.0, 1))
    assert replayed.next() is None
