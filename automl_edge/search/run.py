"""The search under a budget: many short trainings, the best for longer, the winner on all data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.run import Note, OnEvent, Progress, StageStarted, TrialEnded, ignore_events
from automl_edge.errors import EnvironmentProblem, RunDirectoryError
from automl_edge.search.checks import Checks
from automl_edge.search.crew import Alone, Crew
from automl_edge.search.finalists import Finalists
from automl_edge.search.oracle import Trial, TrialSource
from automl_edge.search.proposals import Problem, Proposer
from automl_edge.search.records import COMPARED, Ended, Recipe, Stage, from_json, to_json
from automl_edge.search.result import CurvePoint, Model, SearchResult, Unlimited, points_of
from automl_edge.search.sampling import Tally
from automl_edge.search.schedule import Limits, Schedule
from automl_edge.search.trials import Job, Workshop, load_weights, model_bytes, settings_for
from automl_edge.training import Progressed

ONWARD_RATE = 0.6
"""A training that goes on from trained weights has this share of the recipe's rate."""

WITHIN_REACH = 0.05
"""A design this far below the best one is not trained on: the time is better spent on the best."""

SHARES = (0.25, 0.5)
"""Shares of the training part on which the winner's design is trained for the learning curve."""

FAILURES_ALLOWED = 3
PERFECT = 1.0
PROGRESS_STEPS = 100


def run_search(
    problem: Problem,
    workshop: Workshop,
    limits: Limits,
    recordings: int,
    seed: int,
    on_event: OnEvent,
    crew: Crew | None = None,
) -> SearchResult:
    """Search until ``limits``, going on from the workshop's journal.

    ``recordings`` counts those of the training part: it tells how large a network the
    time can train. ``crew`` does the trainings, one at a time in this process unless told
    otherwise. Raises EnvironmentProblem if no candidate could be trained at all. A
    search that is interrupted or killed leaves a journal to resume from; no training
    that had ended is done again.
    """
    crew = crew or Alone(workshop)
    return _Search(problem, workshop, limits, recordings, seed, on_event, crew).run()


def take_training(problem: Problem, workshop: Workshop, seed: int, number: int) -> SearchResult:
    """What the search in the workshop's journal gives if training ``number`` is its winner.

    Nothing is trained and the journal stays as it is. Raises RunDirectoryError if there is no
    such training, or none that succeeded.
    """
    crew = Alone(workshop)
    return _Search(problem, workshop, Limits(), 0, seed, ignore_events, crew).take(number)


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
        crew: Crew,
    ) -> None:
        self._problem = problem
        self._workshop = workshop
        self._limits = limits
        self._recordings = recordings
        self._seed = seed
        self._on_event = on_event
        self._crew = crew
        self._schedule = Schedule(limits, crew.workers)
        self._checks = Checks(workshop.journal, problem.corrections)
        problem = replace(problem, corrections=self._checks.start)
        self._proposer = Proposer(problem, seed, self._schedule.most_macs(recordings))
        self._finals = Finalists(workshop, self._checks, self._proposer, on_event)
        records = workshop.journal.records
        self._ended = [from_json(r) for r in records if r.get("record") == "trained"]
        self._begun: dict[int, float] = {}

    def run(self) -> SearchResult:
        if self._proposer.empty:
            return self._nearest()
        self._run_trials()
        self._run_on(Stage.LONGER, "training the best for longer")
        self._run_on(Stage.FINAL, "training the best few for longest")
        winner = self._winner()
        if winner is None:
            raise EnvironmentProblem(
                f"none of {len(self._ended)} candidates could be trained; the last said: "
                f"{self._ended[-1].failure}",
                "Please report this as a bug, with the run directory's journal.jsonl.",
            )
        self._run_refit(winner)
        self._run_unlimited(winner)
        self._run_less(winner)
        return self._result("fits", winner)

    def take(self, number: int) -> SearchResult:
        """The result if training ``number`` is the winner."""
        for ended in self._ended:
            if ended.number == number and not ended.failure:
                return self._result("fits", ended)
        raise RunDirectoryError(
            f"the journal in {self._workshop.journal.folder} knows no model of number {number}",
            "Finish the run with `automl-edge fit --resume`.",
        )

    def _run_trials(self) -> None:
        trials = self._of(Stage.TRIAL)
        if len(trials) < len(self._ended):
            return  # later stages had begun when the run stopped
        self._on_event(StageStarted("search", _told(self._proposer.tally)))
        source = TrialSource(self._proposer, trials, self._limits.trials)
        if trials:
            self._finals.measure_best(self._ranked(), trials[-1])
        for ended in self._do(self._trial_jobs(source)):
            source.ended(ended)
            self._finals.measure_best(self._ranked(), ended)

    def _trial_jobs(self, source: TrialSource) -> Iterator[Job]:
        while not self._is_settled() and (
            not self._ended or self._schedule.has_time_for(Stage.TRIAL)
        ):
            trial = source.next()
            if trial is None:
                return
            yield self._job(trial, Stage.TRIAL)

    def _run_on(self, stage: Stage, told: str) -> None:
        """Train the best designs on, each from its best weights."""
        done = {ended.parent for ended in self._of(stage)}
        if self._is_over(stage):
            return
        chosen = self._promoted(self._schedule.kept(stage))
        left = [ended for ended in chosen if ended.parent not in done]
        if left:
            self._on_event(StageStarted(stage.value, f"{told}: {len(chosen)} designs"))
        for _ in self._do(self._onward_jobs(stage, left)):
            continue

    def _onward_jobs(self, stage: Stage, chosen: Sequence[Ended]) -> Iterator[Job]:
        for index, source in enumerate(chosen):
            if not self._schedule.has_time_for(stage):
                return
            trial = self._finals.rebuilt(source.proposal)
            yield self._job(trial, stage, source, len(chosen) - index)

    def _promoted(self, count: int) -> list[Ended]:
        """The best training of each of the best designs that fit as measured, as far as longer
        training could still turn their order; and that of the best small design, last."""
        ranked = _designs(self._ranked())
        chosen: list[Ended] = []
        for ended in ranked:
            if chosen and ended.score < chosen[0].score - WITHIN_REACH:
                break
            if len(chosen) < count and self._finals.may_fit(ended):
                chosen.append(ended)
        small = next((e for e in ranked if self._is_small(e, chosen)), None)
        if small and count > 2 and small not in chosen:
            chosen[count - 1 :] = [small]
        return chosen or ranked[:1]

    def _is_small(self, ended: Ended, chosen: Sequence[Ended]) -> bool:
        """Whether ``ended`` takes about half of the memories that the best takes."""
        if not chosen:
            return False
        best, own = (self._finals.rebuilt(e.proposal).candidate for e in (chosen[0], ended))
        return self._proposer.is_small(own, best)

    def _run_refit(self, winner: Ended) -> None:
        if not self._may_begin(Stage.REFIT):
            return
        self._on_event(StageStarted("refit", "training the winner on the validation part, too"))
        trial = self._finals.rebuilt(winner.proposal)
        for _ in self._do(iter([self._job(trial, Stage.REFIT, winner)])):
            continue

    def _run_unlimited(self, winner: Ended) -> None:
        if not self._may_begin(Stage.UNLIMITED):
            return
        known = self._finals.rebuilt(winner.proposal)
        macs = self._schedule.unlimited_macs(self._recordings)
        larger = self._proposer.unlimited(known.candidate, macs)
        if larger is not None:
            told = "training a network that need not fit, to see what the data can give"
            self._on_event(StageStarted("unlimited", told))
            for _ in self._do(iter([self._job(Trial(larger, known.recipe), Stage.UNLIMITED)])):
                continue

    def _run_less(self, winner: Ended) -> None:
        done = {ended.share for ended in self._of(Stage.LESS)}
        left = [share for share in SHARES if share not in done]
        if left and self._schedule.has_time_for(Stage.LESS):
            self._on_event(StageStarted("less", "training on less data, for the learning curve"))
            for _ in self._do(self._less_jobs(winner, left)):
                continue

    def _less_jobs(self, winner: Ended, shares: Sequence[float]) -> Iterator[Job]:
        trial = self._finals.rebuilt(winner.proposal)
        for index, share in enumerate(shares):
            if self._schedule.has_time_for(Stage.LESS):
                job = self._job(trial, Stage.LESS, None, len(shares) - index)
                yield replace(job, parent=winner.parent, share=share)

    def _nearest(self) -> SearchResult:
        """Train the candidate that is the least over, so that there is something to show."""
        nearest = self._proposer.tally.nearest
        if nearest is None:
            raise EnvironmentProblem("the search spaces gave no candidate at all")
        self._on_event(StageStarted("search", _told(self._proposer.tally)))
        if not self._ended:
            jobs = iter([self._job(Trial(nearest, Recipe()), Stage.TRIAL)])
            for _ in self._do(jobs):
                continue
        ended = self._ended[-1]
        if ended.failure:
            raise EnvironmentProblem(f"the nearest candidate could not be trained: {ended.failure}")
        self._finals.check(ended)
        return self._result("nearest", ended)

    def _job(
        self, trial: Trial, stage: Stage, source: Ended | None = None, remaining: int = 1
    ) -> Job:
        """A training to be done; ``remaining`` of its stage share the time, itself included."""
        windows = len(self._workshop.features_for(trial.candidate.design.features).train.features)
        number = max([-1, *self._begun, *(ended.number for ended in self._ended)]) + 1
        self._begun[number] = self._schedule.elapsed
        settings = settings_for(
            trial,
            self._schedule.epochs(stage, windows),
            self._schedule.seconds(stage, remaining),
            self._seed * 1000 + number,
        )
        if source is None:
            return Job(number, stage, trial, settings)
        settings = replace(settings, learning_rate=settings.learning_rate * ONWARD_RATE)
        return Job(number, stage, trial, settings, source, source.parent)

    def _do(self, jobs: Iterator[Job]) -> Iterator[Ended]:
        """The trainings as they end, each in the journal by then."""
        for ended in self._crew.run(jobs, self._tell_progress):
            self._workshop.journal.append(to_json(ended))
            self._ended.append(ended)
            began = self._begun.pop(ended.number)
            self._schedule.learn(ended, self._schedule.elapsed - began)
            self._tell_ended(ended)
            yield ended

    def _is_settled(self) -> bool:
        """A perfect score leaves nothing to find but a cheaper one; nor do failures without end."""
        best = self._best_score()
        if best is None:
            return len(self._ended) >= FAILURES_ALLOWED
        return best >= PERFECT and self._problem.optimize is Optimize.BALANCED

    def _may_begin(self, stage: Stage) -> bool:
        """Whether the one training of ``stage`` is still to be done and there is time for it."""
        begun = bool(self._of(stage)) or self._is_over(stage)
        return not begun and self._schedule.has_time_for(stage)

    def _is_over(self, stage: Stage) -> bool:
        """Whether a later stage had begun when the run stopped."""
        later = list(Stage)[list(Stage).index(stage) + 1 :]
        return any(ended.stage in later for ended in self._ended)

    def _of(self, stage: Stage) -> list[Ended]:
        return [ended for ended in self._ended if ended.stage is stage]

    def _compared(self) -> list[Ended]:
        return [ended for ended in self._ended if ended.stage in COMPARED]

    def _best_score(self) -> float | None:
        return max((e.score for e in self._compared() if not e.failure), default=None)

    def _ranked(self) -> list[Ended]:
        """The comparable trainings that succeeded, best first."""
        return self._problem.ranked(self._compared())

    def _winner(self) -> Ended | None:
        """The best training that fits as linked; where none does, the best of all."""
        ranked = self._ranked()
        accepted = (ended for ended in ranked if self._finals.fits(ended))
        return next(accepted, ranked[0] if ranked else None)

    def _shipped(self, winner: Ended) -> Ended:
        """The winner trained on the validation part as well, unless that failed: it must fit
        as measured, and know what it saw at least as well as the winner did without."""
        for refit in self._of(Stage.REFIT):
            good = not refit.failure and refit.score >= winner.score
            if good and refit.source == winner.number and self._finals.fits(refit):
                return refit
        return winner

    def _result(self, status: Literal["fits", "nearest"], winner: Ended) -> SearchResult:
        candidate = self._finals.as_predicted(winner)
        tally = self._proposer.tally
        shipped = self._shipped(winner)
        return SearchResult(
            status=status,
            candidate=candidate,
            recipe=winner.proposal.recipe,
            shipped=self._model(shipped),
            judged=self._model(winner),
            chosen=winner.number,
            score=winner.score,
            float_score=winner.float_score,
            violations=candidate.footprint.violations(self._problem.budget),
            sampled=tally.sampled,
            infeasible=tally.infeasible,
            binding=tally.binding,
            trained=len(self._ended),
            seconds=round(self._schedule.elapsed, 3),
            points=points_of(self._compared(), self._finals),
            curve=self._curve(winner),
            unlimited=self._unlimited(),
            learning=self._checks.learning,
        )

    def _model(self, ended: Ended) -> Model:
        journal = self._workshop.journal
        model, weights = model_bytes(journal, ended), load_weights(journal, ended)
        return Model(ended.number, model, weights, ended.quantisation)

    def _curve(self, winner: Ended) -> tuple[CurvePoint, ...]:
        """Short trainings of the winner's design on growing shares of the data."""
        less = [e for e in self._of(Stage.LESS) if e.parent == winner.parent and not e.failure]
        whole = [e for e in self._of(Stage.TRIAL) if e.number == winner.parent]
        if not less:
            return ()
        return tuple(CurvePoint(e.share, e.score) for e in sorted(less, key=_share) + whole)

    def _unlimited(self) -> Unlimited | None:
        for ended in self._of(Stage.UNLIMITED):
            if not ended.failure:
                return Unlimited(ended.score, self._finals.rebuilt(ended.proposal).candidate)
        return None

    def _tell_progress(self, progress: Progressed) -> None:
        left = self._schedule.seconds_left
        if left is None:
            done = progress.done
        else:
            done = self._schedule.elapsed / max(self._schedule.elapsed + left, 1e-9)
        self._on_event(Progress(min(PROGRESS_STEPS, int(done * PROGRESS_STEPS)), PROGRESS_STEPS))

    def _tell_ended(self, ended: Ended) -> None:
        if ended.failure:
            self._on_event(Note(f"trial {ended.number} was given up: {ended.failure}"))
            return
        if ended.stage not in COMPARED:
            return
        best = self._best_score()
        candidate: Candidate = self._finals.rebuilt(ended.proposal).candidate
        self._on_event(
            TrialEnded(
                ended.number,
                candidate,
                ended.score,
                ended.score if best is None else best,
                self._schedule.seconds_left,
            )
        )


def _designs(ranked: Sequence[Ended]) -> list[Ended]:
    """The first of each design."""
    first: dict[int, Ended] = {}
    for ended in ranked:
        first.setdefault(ended.parent, ended)
    return list(first.values())


def _share(ended: Ended) -> float:
    return ended.share


def _told(tally: Tally) -> str:
    """What sampling found, in a sentence."""
    if tally.feasible:
        return (
            f"{tally.feasible} different designs fit the budget; "
            f"{tally.infeasible} of {tally.sampled} drawn do not"
        )
    return f"none of {tally.sampled} designs fits the budget; training the nearest"
