"""The designs that may win: measured while the search goes on, and the predictor put right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from automl_edge.domain.candidate import Candidate
from automl_edge.domain.run import CandidateMeasured, OnEvent
from automl_edge.search.checks import Check, Checks, emulation_seconds, is_prompt
from automl_edge.search.choices import FixedChoices
from automl_edge.search.oracle import Trial
from automl_edge.search.problem import Problem
from automl_edge.search.proposals import Named, Proposer
from automl_edge.search.records import Ended, Proposal
from automl_edge.search.trials import Workshop, model_bytes


class Finalists:
    """Rates trainings again and measures their models, each once; ``ended`` are those before.

    What a measurement teaches goes to ``proposer`` at once.
    """

    def __init__(
        self,
        workshop: Workshop,
        checks: Checks,
        proposer: Proposer,
        ended: Iterable[Ended],
        on_event: OnEvent,
    ) -> None:
        self._workshop = workshop
        self._checks = checks
        self._proposer = proposer
        self._on_event = on_event
        before = ((each, checks.of(each.number)) for each in ended)
        self._missed = {_named(each) for each, check in before if check and self._misses(check)}
        self._teach()

    def rebuilt(self, proposal: Proposal) -> Trial:
        """The trial of ``proposal``, rated by all that is known now."""
        return Trial(_rated(self._proposer.problem, proposal), proposal.recipe)

    def as_predicted(self, ended: Ended) -> Candidate:
        """The candidate of ``ended``, rated by what was known before it was measured."""
        then = replace(self._proposer.problem, corrections=self._checks.before(ended))
        return _rated(then, ended.proposal)

    def measure_best(self, ranked: Iterable[Ended], latest: Ended) -> None:
        """Measure ``latest`` if it is the first of ``ranked``, so that what it teaches helps to
        propose the next ones."""
        if next(iter(ranked), None) == latest and self._is_prompt(latest):
            self.check(latest)

    def may_fit(self, trial: Ended) -> bool:
        """Whether ``trial`` fits as measured, or measuring it would hold the search up."""
        return not self._is_prompt(trial) or self.fits(trial)

    def fits(self, ended: Ended) -> bool:
        """Whether the model of ``ended`` keeps the budget as measured."""
        return not self._misses(self.check(ended))

    def excess(self, ended: Ended) -> float:
        """How far the model of ``ended``, which misses the budget, is beyond what it breaks worst,
        as a share of it."""
        return self.check(ended).measured.violations(self._proposer.problem.budget)[0].excess

    def delay(self, ended: Ended) -> float:
        """Seconds that measuring ``ended`` takes where it is not done promptly, else 0."""
        prompt = self._is_prompt(ended)
        target = self._proposer.problem.target
        return 0.0 if prompt else emulation_seconds(self.as_predicted(ended), target)

    def check(self, ended: Ended) -> Check:
        """The measurement of the model of ``ended``; the first time, it is made."""
        known = self._checks.of(ended.number)
        if known is not None:
            return known
        candidate = self.as_predicted(ended)
        found = self._workshop.measure(candidate, model_bytes(self._workshop.journal, ended))
        check = self._checks.add(ended, candidate, found)
        if self._misses(check):
            self._missed.add(_named(ended))
        self._teach()
        self._on_event(
            CandidateMeasured(
                check.number,
                check.predicted,
                check.measured,
                check.latency_error,
                self._checks.mean_error,
            )
        )
        return check

    def _misses(self, check: Check) -> bool:
        return bool(check.measured.violations(self._proposer.problem.budget))

    def _teach(self) -> None:
        self._proposer.correct(self._checks.corrections, self._missed)

    def _is_prompt(self, ended: Ended) -> bool:
        return is_prompt(self.as_predicted(ended), self._proposer.problem.target)


def _named(ended: Ended) -> Named:
    return ended.proposal.space, ended.proposal.values


def _rated(problem: Problem, proposal: Proposal) -> Candidate:
    return problem.rated(proposal.space, FixedChoices(proposal.values))
