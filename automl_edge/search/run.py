"""The search under a budget: propose, train shortly, finish the best, keep the winner."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.footprint import Resource, Violation
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.run import Note, OnEvent, Progress, StageStarted, TrialEnded
from automl_edge.errors import EnvironmentProblem
from automl_edge.search.checks import Checks, Learning
from automl_edge.search.finalists import Finalists
from automl_edge.search.oracle import Trial, TrialSource
from automl_edge.search.proposals import Problem, Proposer
from automl_edge.search.records import Ended, Recipe, Stage, from_json
from automl_edge.search.sampling import Tally
from automl_edge.search.schedule import FINALISTS, Limits, Schedule
from automl_edge.search.trials import (
    Job,
    Workshop,
    load_weights,
    model_bytes,
    run_job,
    settings_for,
)
from automl_edge.training import Progressed, Weights

FINAL_RATE = 0.6
"""A final training goes on from trained weights, with this share of the recipe's rate."""

WITHIN_REACH = 0.05
"""A trial this far below the best one is not trained on: the time is better spent on the best."""

FAILURES_ALLOWED = 3
PERFECT = 1.0
PROGRESS_STEPS = 100


@dataclass(frozen=True, slots=True)
class Point:
    """One trained candidate in the search's picture: int8 validation accuracy and cost."""

    number: int
    space: str
    accuracy: float
    latency_ms: float
    flash_bytes: int
    ram_bytes: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The winner and what the search saw.

    ``model`` is the winner's ``.tflite``, ``weights`` those of its float network and
    ``chosen`` its number among ``points``. ``status`` is "nearest" when nothing fits:
    ``candidate`` then is the least over its budget and ``violations`` what it breaks,
    worst first. ``score`` and ``float_score`` are validation accuracies per recording,
    ``quantisation`` is how the one became the other.
    ``sampled`` and ``infeasible`` count designs, ``binding`` the infeasible ones by what
    they broke worst, ``trained`` trainings, ``seconds`` those of this process; ``points``
    are all trained candidates, as the predictor rates them in the end.

    ``learning`` tells of the finalists that were measured; the prediction in ``candidate``
    was made before its own was.
    """

    status: Literal["fits", "nearest"]
    candidate: Candidate
    recipe: Recipe
    model: bytes
    weights: Weights
    chosen: int
    score: float
    float_score: float
    quantisation: Quantisation
    violations: tuple[Violation, ...]
    sampled: int
    infeasible: int
    binding: tuple[tuple[Resource, int], ...]
    trained: int
    seconds: float
    points: tuple[Point, ...]
    learning: Learning


def run_search(
    problem: Problem,
    workshop: Workshop,
    limits: Limits,
    recordings: int,
    seed: int,
    on_event: OnEvent,
) -> SearchResult:
    """Search until ``limits``, going on from the workshop's journal.

    ``recordings`` counts those of the training part: it tells how large a network the
    time can train. Raises EnvironmentProblem if no candidate could be trained at all. A
    search that is interrupted or killed leaves a journal to resume from; no training
    that had ended is done again.
    """
    return _Search(problem, workshop, limits, recordings, seed, on_event).run()


class _Search:
    """State of one ``run_search``."""

    def __init__(
        self,
        problem: Problem,
        workshop: Workshop,
        limits: Limits,
        recordings: int,
        seed: int,
        on_event: OnEvent,
    ) -> None:
        self._problem = problem
        self._workshop = workshop
        self._limits = limits
        self._seed = seed
        self._on_event = on_event
        self._schedule = Schedule(limits)
        self._checks = Checks(workshop.journal, problem.corrections)
        problem = replace(problem, corrections=self._checks.start)
        self._proposer = Proposer(problem, seed, self._schedule.most_macs(recordings))
        self._finals = Finalists(workshop, self._checks, self._proposer, on_event)
        records = workshop.journal.records
        self._ended = [from_json(r) for r in records if r.get("record") == "trained"]

    def run(self) -> SearchResult:
        if self._proposer.empty:
            return self._nearest()
        self._run_trials()
        self._run_finals()
        winner = self._winner()
        if winner is None:
            raise EnvironmentProblem(
                f"none of {len(self._ended)} candidates could be trained; the last said: "
                f"{self._ended[-1].failure}",
                "Please report this as a bug, with the run directory's journal.jsonl.",
            )
        return self._result("fits", winner)

    def _run_trials(self) -> None:
        trials = [ended for ended in self._ended if ended.stage is Stage.TRIAL]
        if len(trials) < len(self._ended):
            return  # finals had begun when the run stopped
        self._on_event(StageStarted("search", _told(self._proposer.tally)))
        source = TrialSource(self._proposer, trials, self._limits.trials)
        if trials:
            self._finals.measure_best(self._ranked(Stage.TRIAL), trials[-1])
        while self._schedule.has_time_for_trial(len(self._ended)) and not self._is_settled():
            trial = source.next()
            if trial is None:
                return
            ended = self._train(trial, Stage.TRIAL)
            source.ended(ended)
            self._finals.measure_best(self._ranked(Stage.TRIAL), ended)

    def _run_finals(self) -> None:
        done = {ended.parent for ended in self._ended if ended.stage is Stage.FINAL}
        finalists = [trial for trial in self._finalists() if trial.number not in done]
        if finalists:
            self._on_event(StageStarted("finish", f"training the best {len(finalists)} for longer"))
        for index, parent in enumerate(finalists):
            if not self._schedule.has_time_for_final():
                return
            self._train(
                self._finals.rebuilt(parent.proposal), Stage.FINAL, parent, len(finalists) - index
            )

    def _finalists(self) -> list[Ended]:
        """The best trials that fit as measured, as far as longer training could still turn
        their order; the best of all where none fits."""
        chosen: list[Ended] = []
        ranked = self._ranked(Stage.TRIAL)
        for trial in ranked:
            if chosen and trial.score < chosen[0].score - WITHIN_REACH:
                break
            if self._finals.may_fit(trial):
                chosen.append(trial)
            if len(chosen) == FINALISTS or not self._schedule.has_time_for_final():
                break
        return chosen or ranked[:1]

    def _nearest(self) -> SearchResult:
        """Train the candidate that is the least over, so that there is something to show."""
        nearest = self._proposer.tally.nearest
        if nearest is None:
            raise EnvironmentProblem("the search spaces gave no candidate at all")
        self._on_event(StageStarted("search", _told(self._proposer.tally)))
        if not self._ended:
            self._train(Trial(nearest, Recipe()), Stage.TRIAL)
        ended = self._ended[-1]
        if ended.failure:
            raise EnvironmentProblem(f"the nearest candidate could not be trained: {ended.failure}")
        self._finals.check(ended)
        return self._result("nearest", ended)

    def _train(
        self, trial: Trial, stage: Stage, parent: Ended | None = None, remaining: int = 1
    ) -> Ended:
        began = self._schedule.elapsed
        windows = len(self._workshop.features_for(trial.candidate.design.features).train.features)
        seconds = self._schedule.seconds(stage, remaining)
        number = len(self._ended)
        settings = settings_for(
            trial, self._schedule.epochs(stage, windows), seconds, self._seed * 1000 + number
        )
        if parent is not None:
            settings = replace(settings, learning_rate=settings.learning_rate * FINAL_RATE)
        job = Job(number, stage, trial, settings, parent)
        ended = run_job(self._workshop, job, self._tell_progress)
        self._ended.append(ended)
        self._schedule.learn(ended, self._schedule.elapsed - began)
        self._tell_ended(ended, trial.candidate)
        return ended

    def _is_settled(self) -> bool:
        """A perfect score leaves nothing to find but a cheaper one; nor do failures without end."""
        best = self._best_score()
        if best is None:
            return len(self._ended) >= FAILURES_ALLOWED
        return best >= PERFECT and self._problem.optimize is Optimize.BALANCED

    def _best_score(self) -> float | None:
        return max((ended.score for ended in self._ended if not ended.failure), default=None)

    def _winner(self) -> Ended | None:
        """The best training that fits as linked; where none does, the best of all."""
        ended = self._problem.ranked(self._ended)
        accepted = (e for e in ended if self._finals.fits(e))
        return next(accepted, ended[0] if ended else None)

    def _ranked(self, stage: Stage) -> list[Ended]:
        """The trainings of ``stage`` that succeeded, best first."""
        return self._problem.ranked(e for e in self._ended if e.stage is stage)

    def _result(self, status: Literal["fits", "nearest"], winner: Ended) -> SearchResult:
        candidate = self._finals.as_predicted(winner)
        points = tuple(self._point(ended) for ended in self._ended if not ended.failure)
        tally = self._proposer.tally
        return SearchResult(
            status=status,
            candidate=candidate,
            recipe=winner.proposal.recipe,
            model=model_bytes(self._workshop.journal, winner),
            weights=load_weights(self._workshop.journal, winner),
            chosen=winner.number,
            score=winner.score,
            float_score=winner.float_score,
            quantisation=winner.quantisation,
            violations=candidate.footprint.violations(self._problem.budget),
            sampled=tally.sampled,
            infeasible=tally.infeasible,
            binding=tally.binding,
            trained=len(self._ended),
            seconds=round(self._schedule.elapsed, 3),
            points=points,
            learning=self._checks.learning,
        )

    def _point(self, ended: Ended) -> Point:
        cost = self._finals.rebuilt(ended.proposal).candidate.footprint
        return Point(
            ended.number,
            ended.proposal.space,
            ended.score,
            cost.latency_ms,
            cost.flash_bytes,
            cost.ram_bytes,
        )

    def _tell_progress(self, progress: Progressed) -> None:
        left = self._schedule.seconds_left
        if left is None:
            done = progress.done
        else:
            done = self._schedule.elapsed / max(self._schedule.elapsed + left, 1e-9)
        self._on_event(Progress(min(PROGRESS_STEPS, int(done * PROGRESS_STEPS)), PROGRESS_STEPS))

    def _tell_ended(self, ended: Ended, candidate: Candidate) -> None:
        if ended.failure:
            self._on_event(Note(f"trial {ended.number} was given up: {ended.failure}"))
            return
        best = self._best_score()
        self._on_event(
            TrialEnded(
                ended.number,
                candidate,
                ended.score,
                ended.score if best is None else best,
                self._schedule.seconds_left,
            )
        )


def _told(tally: Tally) -> str:
    """What sampling found, in a sentence."""
    if tally.feasible:
        return (
            f"{tally.feasible} different designs fit the budget; "
            f"{tally.infeasible} of {tally.sampled} drawn do not"
        )
    return f"none of {tally.sampled} designs fits the budget; training the nearest"
