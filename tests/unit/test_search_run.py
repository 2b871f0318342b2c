"""The whole search on a small made-up task: counted, journalled, resumed, deterministic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.costs.correction import Corrections, MeasuredModel, Share
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.run import (
    CandidateMeasured,
    Event,
    FitSpec,
    Note,
    TrialEnded,
    ignore_events,
)
from automl_edge.errors import EnvironmentProblem, RunDirectoryError
from automl_edge.feedback import Measured
from automl_edge.search import (
    Limits,
    Terms,
    Workshop,
    crew,
    note_asked,
    open_run,
    reopen_run,
    run,
    run_compiled,
    run_search,
    take_training,
    trials,
)
from automl_edge.search.oracle import TrialSource
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import COMPARED, Ended, Proposal, Stage
from automl_edge.search.schedule import Schedule, Turn
from automl_edge.search.session import PROMOTED, Session
from automl_edge.training import Trained
from tests.search_runs import (
    interrupted_after,
    never,
    quick,
    search_small,
    trainings_in,
    workshop_of,
)
from tests.tiny_search import IDENTITY, features_for, tiny_problem


@pytest.fixture(autouse=True)
def _quick(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(request, monkeypatch)


def test_killed_and_resumed_is_the_same_as_never_killed(tmp_path: Path) -> None:
    with open_run(tmp_path / "whole", IDENTITY) as journal:
        whole = search_small(journal, 3)
        records = trainings_in(journal)
    assert [e.stage for e in records[:3]] == [Stage.TRIAL] * 3
    after = [e.stage for e in records if e.stage not in COMPARED]
    assert after in ([Stage.REFIT, *ask, Stage.LESS, Stage.LESS] for ask in ([], [Stage.UNLIMITED]))
    assert {e.stage for e in records[3 : -len(after)]} == {Stage.LONGER, Stage.FINAL}
    assert whole.trained == len(records)
    compared = [e for e in records if e.stage in COMPARED]
    assert len(whole.points) == len(compared)
    assert whole.status == "fits"
    assert whole.score == max(e.score for e in compared) > 0.5

    with (
        pytest.raises(KeyboardInterrupt),
        open_run(tmp_path / "killed", IDENTITY) as journal,
    ):
        search_small(journal, 3, workshop_of(journal, interrupted_after(2)))
    with open_run(tmp_path / "killed", IDENTITY, resume=True) as journal:
        assert len(trainings_in(journal)) == 2
        resumed = search_small(journal, 3)
        numbers = [e.number for e in trainings_in(journal)]
    assert numbers == list(range(len(records)))
    assert resumed.shipped.tflite == whole.shipped.tflite
    assert resumed.candidate == whole.candidate
    assert resumed.learning == whole.learning

    with open_run(tmp_path / "whole", IDENTITY, resume=True) as journal:
        once_more = search_small(journal, 3, workshop_of(journal, never))
    assert once_more.shipped.tflite == whole.shipped.tflite


@pytest.mark.parametrize("ended", [4, 7, 9])
def test_wherever_it_was_killed_it_ends_as_if_it_had_not_been(tmp_path: Path, ended: int) -> None:
    """In the middle of trials, of longer trainings, and before each of those that come after."""
    with open_run(tmp_path / "whole", IDENTITY) as journal:
        whole = search_small(journal, 6)
        records = trainings_in(journal)
    stages = [each.stage for each in records]
    assert stages[5:9] == [Stage.TRIAL, Stage.LONGER, Stage.LONGER, Stage.FINAL]
    with (
        pytest.raises(KeyboardInterrupt),
        open_run(tmp_path / "killed", IDENTITY) as journal,
    ):
        search_small(journal, 6, workshop_of(journal, interrupted_after(ended)))
    with open_run(tmp_path / "killed", IDENTITY, resume=True) as journal:
        assert trainings_in(journal) == records[:ended]
        resumed = search_small(journal, 6)
        assert trainings_in(journal) == records
    assert resumed.shipped.tflite == whole.shipped.tflite


def test_a_stage_that_is_gone_on_with_keeps_its_designs(tmp_path: Path) -> None:
    """However much better than the others the first of them has become."""
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 6)
        workshop, terms = workshop_of(journal, never), Terms(Limits(trials=6), 80, 1)
        session = Session(tiny_problem(), workshop, terms, ignore_events, crew.Alone(workshop))
    longer = session.of(Stage.LONGER)
    before = session.promising(Stage.LONGER)
    assert {each.stage for each in before} == {Stage.TRIAL}
    session.ended = [replace(e, float_score=0.99) if e == longer[0] else e for e in session.ended]
    assert session.promising(Stage.LONGER) == before
    assert session.promising(Stage.FINAL)[0].number == longer[0].number


def test_a_stage_that_is_gone_on_with_does_not_choose_again(tmp_path: Path) -> None:
    """Whatever has been learnt about the designs meanwhile."""
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 6)
    with open_run(tmp_path, IDENTITY, resume=True) as journal:
        workshop, terms = workshop_of(journal, never), Terms(Limits(trials=6), 80, 1)
        session = Session(tiny_problem(), workshop, terms, ignore_events, crew.Alone(workshop))
    for stage in (Stage.LONGER, Stage.FINAL):
        chosen = session.promoted(stage, lambda: [])
        assert [each.parent for each in chosen] == [each.parent for each in session.of(stage)]
        assert chosen


def test_once_the_next_stage_has_chosen_no_more_trials_follow(tmp_path: Path) -> None:
    """Or that stage would go on without them."""
    with (
        pytest.raises(KeyboardInterrupt),
        open_run(tmp_path, IDENTITY) as journal,
    ):
        search_small(journal, 6, workshop_of(journal, interrupted_after(6)))
    assert journal.records[-1]["record"] == PROMOTED
    with open_run(tmp_path, IDENTITY, resume=True) as journal:
        search_small(journal, 9)
        trained = trainings_in(journal)
    assert [e.stage for e in trained].count(Stage.TRIAL) == 6


def test_the_winner_that_is_finished_is_the_one_that_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is measured meanwhile: what it teaches may turn the order."""
    asked: list[int] = []

    def fickle(session: Session) -> Ended:
        best_first = session.ranked
        asked.append(best_first[len(asked)].number)
        return best_first[len(asked) - 1]

    monkeypatch.setattr(run, "winner_of", fickle)
    with open_run(tmp_path, IDENTITY) as journal:
        whole = search_small(journal, 3)
        (refit,) = (e for e in trainings_in(journal) if e.stage is Stage.REFIT)
    with open_run(tmp_path, IDENTITY, resume=True) as journal:
        again = search_small(journal, 3, workshop_of(journal, never))
    assert [whole.chosen, again.chosen] == [refit.source] * 2
    assert asked == [refit.source]


def test_on_less_data_as_many_steps_are_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[int, int]] = []
    trained = trials.train

    def noted(*arguments: Any) -> Trained:
        given.append((len(arguments[2].train.features), arguments[3].epochs))
        return trained(*arguments)

    monkeypatch.setattr(trials, "train", noted)
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 1)
    assert given[0] == (80, 5)
    assert given[-2:] == [(20, 20), (40, 10)]


def test_designs_that_are_trained_on_see_the_data_equally_often(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        workshop, terms = workshop_of(journal), Terms(Limits(trials=6), 80, 1)
        alone, two = crew.Alone(workshop), crew.Alone(workshop)
        two.workers = 2
        one, pair = (
            Session(tiny_problem(), workshop, terms, ignore_events, each) for each in (alone, two)
        )
    ended = Ended(0, Stage.TRIAL, Proposal("stripes", ()), 0.5, 0.5, 10.0, 5.0, 0)
    slow = replace(ended, epochs=5.0)
    assert one.turn([slow, ended], 0) == Turn(2, pytest.approx(2 / 3))
    assert one.turn([slow, ended], 1) == Turn(1, 1.0)
    assert [pair.turn([slow, ended, ended], n).part for n in range(3)] == [0.5, 0.5, 1.0]


def test_the_largest_seed_gives_seeds_that_tensorflow_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    trained = trials.train

    def noted(*arguments: Any) -> Trained:
        given.append(arguments[3].seed)
        return trained(*arguments)

    monkeypatch.setattr(trials, "train", noted)
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=2), 80, 2**32 - 1)
        run_search(tiny_problem(), workshop_of(journal), terms, ignore_events)
    assert len(given) == len(set(given)) > 2
    assert max(given) < 2**31


def test_a_model_changed_behind_our_back_is_noticed(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        search_small(journal, 1)
        for ended in trainings_in(journal):
            (tmp_path / ended.model).write_bytes(b"TFL3")
        with pytest.raises(RunDirectoryError, match="not the model"):
            search_small(journal, 1)


def test_any_training_can_be_taken_later_and_nothing_is_done_again(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        whole = search_small(journal, 2)
        trained = trainings_in(journal)
    before = (tmp_path / "journal.jsonl").read_bytes()
    journal = reopen_run(tmp_path, IDENTITY)
    workshop = workshop_of(journal, never)
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


def test_what_was_asked_may_be_noted_before_the_search_begins(tmp_path: Path) -> None:
    start = Corrections((MeasuredModel("before", (Share("softmax", 0.1, 0.2),)),))
    with open_run(tmp_path, IDENTITY) as journal:
        note_asked(journal, FitSpec(tmp_path / "data", "cortex-m4", tmp_path))
        workshop = workshop_of(journal)
        problem = replace(tiny_problem(), corrections=start)
        result = run_search(problem, workshop, Terms(Limits(trials=1), 80, 1), ignore_events)
    assert result.learning.start == start


def test_predictions_learn_from_each_finalist_that_is_measured(tmp_path: Path) -> None:
    events: list[Event] = []
    start = Corrections((MeasuredModel("before", (Share("softmax", 0.1, 0.2),)),))
    problem = replace(tiny_problem(), corrections=start)
    with open_run(tmp_path, IDENTITY) as journal:
        workshop = workshop_of(journal)
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
        again = search_small(journal, 2, workshop_of(journal, never))
    assert again.learning == learning
    assert again.candidate == result.candidate


def test_tensorflow_is_loaded_before_a_training_is_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first trial's overhead, kept for all that follow, would have it."""
    loaded: list[float] = []
    overheads: list[float] = []

    def load_slowly() -> None:
        if not loaded:
            loaded.append(3600.0)

    monkeypatch.setattr(crew, "load_tensorflow", load_slowly)
    monkeypatch.setattr(trials, "time", SimpleNamespace(monotonic=lambda: sum(loaded)))
    monkeypatch.setattr(Schedule, "learn", lambda _, ended: overheads.append(ended.took))
    with open_run(tmp_path / "run", IDENTITY) as journal:
        search_small(journal, 1)
    assert loaded
    assert overheads
    assert not any(overheads)


def test_killed_before_a_measurement_goes_on_with_it(tmp_path: Path) -> None:
    def killed(candidate: Candidate, model: bytes) -> Measured:
        raise KeyboardInterrupt(candidate.space, len(model))

    with open_run(tmp_path / "whole", IDENTITY) as journal:
        whole = search_small(journal, 1)
    with (
        pytest.raises(KeyboardInterrupt),
        open_run(tmp_path / "killed", IDENTITY) as journal,
    ):
        search_small(journal, 1, Workshop(features_for, run_compiled, journal, killed))
    with open_run(tmp_path / "killed", IDENTITY, resume=True) as journal:
        assert len(trainings_in(journal)) == 1
        resumed = search_small(journal, 1)
    assert resumed.learning == whole.learning
    assert resumed.shipped.tflite == whole.shipped.tflite


def test_a_measurement_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with open_run(tmp_path, IDENTITY) as journal:
        journal.append({"record": "measured", "number": 0})
        with pytest.raises(RunDirectoryError, match="cannot read"):
            search_small(journal, 1)


def test_the_end_of_each_comparable_training_is_told(tmp_path: Path) -> None:
    events: list[Event] = []
    with open_run(tmp_path, IDENTITY) as journal:
        terms = Terms(Limits(trials=3), 80, 1)
        result = run_search(tiny_problem(), workshop_of(journal), terms, events.append)
    ends = [event for event in events if isinstance(event, TrialEnded)]
    assert [event.number for event in ends] == [point.number for point in result.points]
    assert ends[-1].best == max(event.score for event in ends) == result.score


@pytest.mark.trains
def test_a_candidate_that_cannot_be_converted_is_given_up(tmp_path: Path) -> None:
    events: list[Event] = []

    def refuse(model: bytes, features: NDArray[np.int8]) -> NDArray[np.int8]:
        raise RuntimeError(f"no such operator in {len(model)} bytes for {features.shape}")

    with open_run(tmp_path, IDENTITY) as journal:
        workshop = workshop_of(journal, run_int8=refuse)
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
