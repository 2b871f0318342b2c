"""A search while it goes on: what is shared by its stages, and how a training is done and noted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from automl_edge.domain.run import Note, OnEvent, Progress, TrialEnded
from automl_edge.search.checks import Checks
from automl_edge.search.crew import Crew
from automl_edge.search.finalists import Finalists
from automl_edge.search.mirroring import may_turn
from automl_edge.search.oracle import Trial
from automl_edge.search.preference import longest
from automl_edge.search.problem import Problem
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import COMPARED, FOLDS, Ended, Stage, from_json, to_json
from automl_edge.search.schedule import LAST, Limits, Schedule, Turn
from automl_edge.search.shares import ends_of, has_folds
from automl_edge.search.trials import Job, Workshop, settings_for
from automl_edge.training import Progressed

ONWARD_RATE = 0.6
"""A training that goes on from trained weights has this share of the recipe's rate."""

WITHIN_REACH = 0.05
"""A design this far below the best one is not trained on: the time is better spent on the best."""

KNOWN_WITHIN_REACH = 0.15
"""The same of a well-known design."""

SMALL_WITHIN_REACH = 0.25
"""The same of a small one, which is there for the front. On one split of trashnet128 a network of
48 x 48 pixels lay 18 points behind after its trial; on another, trained to the end, 3."""

SEEDS_A_RUN = 1000
SEEDS = 1 << 31
"""Of a training; TensorFlow takes no larger ones."""

PROOF_RUNS = 9.0
"""Proving takes so many times what the C took to answer each held-out window: scores of the
network, all from raw samples on, that again with UBSan, and the oracle. Seven to ten on photos,
when the answers were timed with what compiling takes."""

PROOF_BUILDS = 20.0
"""Building, linking and measuring it, and writing the report, take so many times what compiling the
network for this machine took, which tells how fast the machine is: 14 on photos, 19 on motion."""

PROOF_SECONDS = 10.0
"""They are not thought to take less than this."""

MEASURED_AFTER = 2
"""Emulated runs after the search: of the refit, and of what ships."""

PROMOTED = "promoted"
LONG_STAGES = (Stage.FINAL, Stage.REFIT)
PROGRESS_STEPS = 100


@dataclass(frozen=True, slots=True)
class Terms:
    """``limits``, the number of ``windows`` in the training part where they are as long as they may
    be, the ``seed``, how many ``groups`` there are in training and validation part, and the number
    of windows that are to be ``proved``, in validation and test part."""

    limits: Limits
    windows: int
    seed: int
    groups: int = 0
    proved: int = 0


class Session:
    """One search over the workshop's journal: the trainings in it, those to come, and the parts
    that decide about them. ``in_turn``: whether one training follows the other."""

    def __init__(
        self, problem: Problem, workshop: Workshop, terms: Terms, on_event: OnEvent, crew: Crew
    ) -> None:
        self.workshop = workshop
        self.terms = terms
        self.tell = on_event
        self._crew = crew
        self.has_folds = has_folds(problem, terms.groups)
        self.in_turn = crew.workers == 1
        ends = ends_of(problem, self.has_folds)
        self.schedule = Schedule(terms.limits, crew.workers, ends=ends)
        self.checks = Checks(workshop.journal, problem.corrections)
        self.problem = replace(problem, corrections=self.checks.start)
        most_macs = self.schedule.most_macs(terms.windows)
        self.proposer = Proposer(self.problem, terms.seed, most_macs)
        records = workshop.journal.records
        self.ended = [from_json(r) for r in records if r.get("record") == "trained"]
        self.finals = Finalists(workshop, self.checks, self.proposer, self.ended, on_event)
        self._begun: set[int] = set()

    def of(self, stage: Stage) -> list[Ended]:
        """The trainings of ``stage`` that ended."""
        return [ended for ended in self.ended if ended.stage is stage]

    @property
    def compared(self) -> list[Ended]:
        """Those among which the winner is."""
        return [ended for ended in self.ended if ended.stage in COMPARED]

    @property
    def succeeded(self) -> list[Ended]:
        """Those of them that could be trained."""
        return [ended for ended in self.compared if not ended.failure]

    @property
    def ranked(self) -> list[Ended]:
        """One of them of each design, see ``longest``; best first."""
        return self.ranked_without(())

    def ranked_without(self, missed: Collection[Ended]) -> list[Ended]:
        """The same of those that did not miss the budget."""
        designs = longest(self.compared, self.problem.validation)
        left = (ended for ended in designs if ended not in missed)
        rated = self.proposer.problem
        return self._folds_first(rated.ranked(left, self.proposer.is_well_known))

    def promising(self, stage: Stage) -> list[Ended]:
        """All of them that ended before ``stage``, the most promising ones first."""
        before = list(Stage)[: list(Stage).index(stage)]
        rated = self.proposer.problem
        best_first = rated.promising(e for e in self.compared if e.stage in before)
        return self._folds_first(best_first) if Stage.FOLD in before else best_first

    def promoted(self, stage: Stage, choose: Callable[[], list[Ended]]) -> list[Ended]:
        """The trainings that ``stage`` goes on from, noted in the journal before it begins.

        A stage that is resumed keeps them: what it measured itself may have moved the predictions
        by which ``choose`` would now take others.
        """
        for record in self.workshop.journal.records:
            if record.get("record") == PROMOTED and record["stage"] == stage.value:
                return [
                    ended for n in record["numbers"] for ended in self.ended if ended.number == n
                ]
        chosen = choose()
        numbers = [ended.number for ended in chosen]
        record = {"record": PROMOTED, "stage": stage.value, "numbers": numbers}
        if numbers:
            self.workshop.journal.append(record)
        return chosen

    @property
    def folded(self) -> dict[int, float]:
        """Cross-validated accuracy of the designs, by their trials' numbers, that all folds were
        trained of; none where that is a single one, with nothing to compare it with."""
        scores: dict[int, list[float]] = {}
        for ended in self.of(Stage.FOLD):
            if not ended.failure:
                scores.setdefault(ended.parent, []).append(ended.score)
        whole = {parent: fmean(own) for parent, own in scores.items() if len(own) == FOLDS}
        return whole if len(whole) > 1 else {}

    @property
    def best_score(self) -> float | None:
        """The best score so far; None before there is any."""
        return max((ended.score for ended in self.succeeded), default=None)

    def is_over(self, stage: Stage) -> bool:
        """Whether a later stage had begun, or what it goes on from was chosen."""
        later = list(Stage)[list(Stage).index(stage) + 1 :]
        records = self.workshop.journal.records
        chosen = [record["stage"] for record in records if record.get("record") == PROMOTED]
        return any(each in chosen or self.of(each) for each in later)

    def may_begin(self, stage: Stage) -> bool:
        """Whether the one training of ``stage`` is still to be done and there is time for it."""
        begun = bool(self.of(stage)) or self.is_over(stage)
        return not begun and self.schedule.has_time_for(stage)

    def known_of(self, ranked: Iterable[Ended], best: Ended) -> Ended | None:
        """Of ``ranked`` the well-known design with the most MACs that is not hopeless and fits:
        such networks are large, and gain more from a long training than others."""
        known = filter(self.proposer.is_well_known, ranked)
        near = (ended for ended in known if in_reach(ended, best, KNOWN_WITHIN_REACH))
        largest_first = sorted(near, key=self._macs, reverse=True)
        return next(filter(self.finals.may_fit, largest_first), None)

    def small_of(self, ranked: Iterable[Ended], best: Ended) -> Ended | None:
        """The first of ``ranked`` that is small and fits, less accurate than ``best`` perhaps, but
        not hopeless; see ``Proposer.is_small``."""
        whole = self.finals.rebuilt(best.proposal).candidate
        for ended in ranked:
            own = self.finals.rebuilt(ended.proposal).candidate
            small = in_reach(ended, best, SMALL_WITHIN_REACH) and self.proposer.is_small(own, whole)
            if small and self.finals.may_fit(ended):
                return ended
        return None

    def keep_for_proof(self, winner: Ended) -> None:
        """Leave the time in which the C of the winner's design will be built, proved, as fast as it
        answered the validation part, and measured; no more than that."""
        builds = max(PROOF_SECONDS, PROOF_BUILDS * winner.build_seconds)
        runs = PROOF_RUNS * self.terms.proved * winner.answer_seconds
        self.schedule.keep_for_proof(builds + runs + MEASURED_AFTER * self.finals.delay(winner))

    def again(self, ended: Ended) -> Trial:
        """The design and recipe of ``ended``, with what was learnt about mirror images since."""
        trial = self.finals.rebuilt(ended.proposal)
        return replace(trial, recipe=may_turn(self.ended, trial.recipe))

    def turn(self, chosen: Sequence[Ended], index: int) -> Turn:
        """That of the one at ``index`` of ``chosen``, designs which share a stage.

        Where one follows the other each is to see the data equally often, by the pace that it had
        before: in equal seconds small networks see them more often and look better than they are.
        """
        if not self.in_turn:
            return self.equal_turn(len(chosen), index)
        paces = [ended.pace for ended in chosen[index:]]
        return Turn(len(paces), paces[0] / sum(paces))

    def equal_turn(self, count: int, index: int) -> Turn:
        """That of the one at ``index`` of ``count`` trainings, all of the same length."""
        rounds = -(-count // self._crew.workers)
        return Turn.of(rounds - index // self._crew.workers)

    def job(
        self, trial: Trial, stage: Stage, source: Ended | None = None, turn: Turn = LAST
    ) -> Job:
        """A training to be done, whose ``turn`` it is in ``stage``."""
        windows = len(self.workshop.features_for(trial.candidate.design.features).train.features)
        number = max([-1, *self._begun, *(ended.number for ended in self.ended)]) + 1
        self._crew.warm_up()
        self._begun.add(number)
        settings = settings_for(
            trial,
            self.schedule.epochs(stage, windows),
            self.schedule.seconds(stage, turn, trial.candidate.footprint.macs * windows),
            (self.terms.seed * SEEDS_A_RUN + number) % SEEDS,
            stage in LONG_STAGES,
        )
        if source is None:
            return Job(number, stage, trial, settings)
        settings = replace(settings, learning_rate=settings.learning_rate * ONWARD_RATE)
        return Job(number, stage, trial, settings, source, source.parent)

    def each(self, jobs: Iterator[Job]) -> Iterator[Ended]:
        """The trainings as they end, each in the journal by then."""
        for ended in self._crew.run(jobs, self._tell_progress, self._once_more):
            self.workshop.journal.append(to_json(ended))
            self.ended.append(ended)
            self._begun.discard(ended.number)
            self.schedule.learn(ended)
            self._tell_ended(ended)
            yield ended

    def do(self, jobs: Iterable[Job]) -> None:
        """Do them all."""
        for _ in self.each(iter(jobs)):
            continue

    def _macs(self, ended: Ended) -> int:
        return self.finals.rebuilt(ended.proposal).candidate.footprint.macs

    def _once_more(self, job: Job) -> Job:
        """``job`` for another worker, after the one that did it was lost: as long as it would have
        been, if its stage has time for that still."""
        most = self.schedule.most_seconds(job.stage)
        if most is None or job.settings.seconds is None:
            return job
        seconds = min(most, job.settings.seconds)
        return replace(job, settings=replace(job.settings, seconds=seconds))

    def _folds_first(self, best_first: list[Ended]) -> list[Ended]:
        """The designs that were cross-validated go first, by what that says."""
        folded = self.folded
        return sorted(best_first, key=lambda ended: -folded.get(ended.parent, -1.0))

    def _tell_progress(self, progress: Progressed) -> None:
        left = self.schedule.seconds_left
        if left is None:
            done = progress.done
        else:
            done = self.schedule.elapsed / max(self.schedule.elapsed + left, 1e-9)
        self.tell(Progress(min(PROGRESS_STEPS, int(done * PROGRESS_STEPS)), PROGRESS_STEPS))

    def _tell_ended(self, ended: Ended) -> None:
        if ended.failure:
            self.tell(Note(f"trial {ended.number} was given up: {ended.failure}"))
            return
        best = self.best_score
        if ended.stage not in COMPARED or best is None:
            return
        candidate = self.finals.rebuilt(ended.proposal).candidate
        left = self.schedule.seconds_left
        self.tell(TrialEnded(ended.number, candidate, ended.score, best, left))


def in_reach(ended: Ended, best: Ended, reach: float) -> bool:
    """Whether longer training could still make ``ended`` as good as ``best``, or nearly."""
    return ended.float_score >= best.float_score - reach
