"""The search under a budget: many short trainings, the best for longer, the winner on all data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from automl_edge.domain.optimize import Optimize
from automl_edge.domain.run import Enough, OnEvent, StageStarted, ignore_events
from automl_edge.errors import EnvironmentProblem, Interrupted, RunDirectoryError
from automl_edge.search.afterwards import (
    learning_curve,
    run_afterwards,
    shipped,
    unlimited_result,
)
from automl_edge.search.crew import Alone, Crew
from automl_edge.search.oracle import Trial, TrialSource
from automl_edge.search.problem import Problem
from automl_edge.search.proposals import SMALL_TURN
from automl_edge.search.records import FOLDS, Ended, Recipe, Stage
from automl_edge.search.result import Model, SearchResult, points_of
from automl_edge.search.sampling import Tally
from automl_edge.search.schedule import Limits
from automl_edge.search.session import WITHIN_REACH, Session, Terms, in_reach
from automl_edge.search.trials import Job, Workshop, load_weights, model_bytes

FAILURES_ALLOWED = 3
PERFECT = 1.0


def run_search(
    problem: Problem, workshop: Workshop, terms: Terms, on_event: OnEvent, crew: Crew | None = None
) -> SearchResult:
    """Search within the limits of ``terms``, going on from the workshop's journal.

    ``crew`` does the trainings, one at a time in this process unless told otherwise. Raises
    EnvironmentProblem if no candidate could be trained at all, and Interrupted if the listener
    had Enough before one was. A search that is interrupted or killed leaves a journal to resume
    from; no training that had ended is done again.
    """
    session = Session(problem, workshop, terms, on_event, crew or Alone(workshop))
    if session.proposer.empty:
        return _nearest(session)
    winner: Ended | None = None
    with suppress(Enough):
        _run_stages(session)
        winner = _decided(session)
        run_afterwards(session, winner)
    return _result(session, "fits", winner or winner_of(session))


def _decided(session: Session) -> Ended:
    """The winner, noted before it is finished: what is measured meanwhile might turn the order."""
    if session.is_over(Stage.FINAL) or session.schedule.has_time_for(Stage.REFIT):
        (winner,) = session.promoted(Stage.REFIT, lambda: [winner_of(session)])
        return winner
    return winner_of(session)


def take_training(problem: Problem, workshop: Workshop, seed: int, number: int) -> SearchResult:
    """What the search in the workshop's journal gives if training ``number`` is its winner.

    Nothing is trained; the journal is to be one that ``reopen_run`` gave, because a model that was
    never measured is now. Raises RunDirectoryError if there is no such training, or none that
    succeeded.
    """
    terms = Terms(Limits(), 0, seed)
    session = Session(problem, workshop, terms, ignore_events, Alone(workshop))
    for ended in session.ended:
        if ended.number == number and not ended.failure:
            return _result(session, "fits", ended)
    raise RunDirectoryError(
        f"the journal in {workshop.journal.folder} knows no model of number {number}",
        "Finish the run with `automl-edge fit --resume`.",
    )


def _run_stages(session: Session) -> None:
    """All that compares designs."""
    _run_trials(session)
    _run_on(session, Stage.LONGER, "training the best for longer")
    _run_folds(session)
    _run_on(session, Stage.FINAL, "training the best few for longest")


def _run_trials(session: Session) -> None:
    trials = session.of(Stage.TRIAL)
    if session.is_over(Stage.TRIAL):
        return
    session.tell(StageStarted("search", _told(session.proposer.tally)))
    source = TrialSource(session.proposer, trials, session.terms.limits.trials)
    if trials:
        session.finals.measure_best(session.ranked, trials[-1])
    for ended in session.each(_trial_jobs(session, source)):
        source.ended(ended)
        session.finals.measure_best(session.ranked, ended)


def _trial_jobs(session: Session, source: TrialSource) -> Iterator[Job]:
    while not _is_settled(session) and (
        session.best_score is None or session.schedule.has_time_for(Stage.TRIAL)
    ):
        trial = source.next()
        if trial is None:
            return
        yield session.job(trial, Stage.TRIAL)


def _is_settled(session: Session) -> bool:
    """A perfect score that fits leaves nothing to find but a cheaper one, for which a small design
    mostly has its turn by then; nor do failures without end."""
    if session.best_score is None:
        return len(session.ended) >= FAILURES_ALLOWED
    if session.problem.optimize is not Optimize.BALANCED or len(session.ended) < SMALL_TURN:
        return False
    return any(ended.score >= PERFECT and session.finals.fits(ended) for ended in session.succeeded)


def _run_on(session: Session, stage: Stage, told: str) -> None:
    """Train the best designs on, each from its best weights."""
    count = session.schedule.kept(stage)
    if count == 0 or session.is_over(stage) or not session.schedule.has_time_for(stage):
        return
    done = {ended.parent for ended in session.of(stage)}
    chosen = session.promoted(stage, lambda: _promoted(session, stage, count))
    left = [ended for ended in chosen if ended.parent not in done]
    if left:
        session.tell(StageStarted(stage.value, f"{told}: {_counted(len(chosen))}"))
        session.do(_onward_jobs(session, stage, left))


def _onward_jobs(session: Session, stage: Stage, chosen: Sequence[Ended]) -> Iterator[Job]:
    for index, source in enumerate(chosen):
        if not session.schedule.has_time_for(stage):
            return
        yield session.job(session.again(source), stage, source, session.turn(chosen, index))


def _run_folds(session: Session) -> None:
    """Where few recordings are held out: the best designs on each fold of all that is known."""
    has_time = session.schedule.has_time_for(Stage.FOLD)
    if not session.has_folds or session.is_over(Stage.FOLD) or not has_time:
        return
    count = session.schedule.kept(Stage.FOLD)
    if count == 0:
        return
    done = {(ended.parent, ended.fold) for ended in session.of(Stage.FOLD)}
    chosen = session.promoted(Stage.FOLD, lambda: _promoted(session, Stage.FOLD, count))
    if len(chosen) < 2:
        return  # there is nothing to choose between
    left = [(e, fold) for e in chosen for fold in range(FOLDS) if (e.parent, fold) not in done]
    if left:
        told = f"cross-validating the best, in {FOLDS} folds: {_counted(len(chosen))}"
        session.tell(StageStarted(Stage.FOLD.value, told))
        session.do(_fold_jobs(session, left))


def _fold_jobs(session: Session, left: Sequence[tuple[Ended, int]]) -> Iterator[Job]:
    for index, (ended, fold) in enumerate(left):
        if not session.schedule.has_time_for(Stage.FOLD):
            return
        turn = session.turn([each for each, _ in left], index)
        job = session.job(session.again(ended), Stage.FOLD, None, turn)
        yield replace(job, parent=ended.parent, fold=fold)


def _promoted(session: Session, stage: Stage, count: int) -> list[Ended]:
    """Those that ``stage`` is to train on: the best training of each of the most promising designs
    that fit as measured, as far as longer training could still turn their order; the largest
    well-known one and a small one, last. Where none fits, the one that is the least over."""
    ranked = _designs(session.promising(stage))
    chosen: list[Ended] = []
    for ended in ranked:
        if chosen and not in_reach(ended, chosen[0], WITHIN_REACH):
            break
        if len(chosen) < count and session.finals.may_fit(ended):
            chosen.append(ended)
    if not chosen:
        return [min(ranked, key=session.finals.excess)] if ranked else []
    known, small = session.known_of(ranked, chosen[0]), session.small_of(ranked, chosen[0])
    wanted = (e for e in (known, small) if e and e != chosen[0])
    last = list(dict.fromkeys(wanted))[: count - 1]
    first = [ended for ended in chosen if ended not in last]
    return [*first[: count - len(last)], *last]


def _nearest(session: Session) -> SearchResult:
    """Train the candidate that is the least over, so that there is something to show."""
    nearest = session.proposer.tally.nearest
    if nearest is None:
        raise EnvironmentProblem("the search spaces gave no candidate at all")
    session.tell(StageStarted("search", _told(session.proposer.tally)))
    if not session.ended:
        with suppress(Enough):
            session.do([session.job(Trial(nearest, Recipe()), Stage.TRIAL)])
    if not session.ended:
        raise _stopped_early()
    ended = session.ended[-1]
    if ended.failure:
        raise EnvironmentProblem(f"the nearest candidate could not be trained: {ended.failure}")
    session.finals.check(ended)
    return _result(session, "nearest", ended)


def winner_of(session: Session) -> Ended:
    """The best training that fits as measured; where none does, the one that is the least over."""
    missed: list[Ended] = []
    while ranked := session.ranked_without(missed):
        if session.finals.fits(ranked[0]):
            return ranked[0]
        missed.append(ranked[0])
    if missed:
        return min(missed, key=session.finals.excess)
    if not session.ended:
        raise _stopped_early()
    raise EnvironmentProblem(
        f"none of {len(session.ended)} candidates could be trained; the last said: "
        f"{session.ended[-1].failure}",
        "Please report this as a bug, with the run directory's journal.jsonl.",
    )


def _stopped_early() -> Interrupted:
    return Interrupted(
        "stopped before the first candidate was trained", "Give the search a minute or so."
    )


def _result(session: Session, status: Literal["fits", "nearest"], winner: Ended) -> SearchResult:
    candidate = session.finals.as_predicted(winner)
    tally = session.proposer.tally
    return SearchResult(
        status=status,
        candidate=candidate,
        shipped=_model(session, shipped(session, winner)),
        judged=_model(session, winner),
        chosen=winner.number,
        score=winner.score,
        violations=candidate.footprint.violations(session.problem.budget),
        sampled=tally.sampled,
        infeasible=tally.infeasible,
        trained=len(session.ended),
        seconds=round(session.schedule.elapsed, 3),
        points=points_of(session.compared, session.finals),
        curve=learning_curve(session, winner),
        unlimited=unlimited_result(session),
        learning=session.checks.learning,
        folded=session.folded.get(winner.parent),
    )


def _model(session: Session, ended: Ended) -> Model:
    journal = session.workshop.journal
    model, weights = model_bytes(journal, ended), load_weights(journal, ended)
    return Model(ended.number, model, weights, ended.quantisation)


def _designs(ranked: Sequence[Ended]) -> list[Ended]:
    """The first of each design."""
    first: dict[int, Ended] = {}
    for ended in ranked:
        first.setdefault(ended.parent, ended)
    return list(first.values())


def _counted(designs: int) -> str:
    return "1 design" if designs == 1 else f"{designs} designs"


def _told(tally: Tally) -> str:
    """What sampling found, in a sentence."""
    if tally.feasible:
        return (
            f"{tally.feasible} different designs fit the budget; "
            f"{tally.infeasible} of {tally.sampled} drawn do not"
        )
    return f"none of {tally.sampled} designs fits the budget; training the nearest"
