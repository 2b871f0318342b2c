"""What is searched, and which of its trainings are the best for what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.domain.candidate import Candidate, SearchSpace, Task
from automl_edge.domain.footprint import Footprint
from automl_edge.domain.optimize import Optimize
from automl_edge.domain.target import Budget, Target
from automl_edge.search.choices import FixedChoices, RecordedChoices
from automl_edge.search.known import is_known
from automl_edge.search.preference import Judge, ranked
from automl_edge.search.records import Ended
from automl_edge.search.sampling import rate


@dataclass(frozen=True, slots=True)
class Problem:
    """What is searched: spaces, for a task, on a target, within a budget.

    ``corrections`` are what is known about the predictor's errors. ``target`` is as
    ``optimize`` wants it; ``validation`` counts the recordings that accuracies are measured
    on.
    """

    spaces: tuple[SearchSpace, ...]
    task: Task
    target: Target
    budget: Budget
    corrections: Corrections = NO_CORRECTIONS
    optimize: Optimize = Optimize.BALANCED
    validation: int = 0

    def space(self, name: str) -> SearchSpace:
        """The space called ``name``."""
        return next(space for space in self.spaces if name == space.NAME)

    def rated(self, space: str, choices: RecordedChoices) -> Candidate:
        """The design of ``space`` that ``choices`` describe, with what it is predicted to cost."""
        return rate(self.space(space), choices, self.task, self.target, self.corrections)

    def ranked(
        self, ended: Iterable[Ended], known: Callable[[Ended], bool] | None = None
    ) -> list[Ended]:
        """The trainings that succeeded, best first for what is wanted most.

        Where validation cannot tell, those go first whose design is well ``known``.
        """
        judge = Judge(self.optimize, self.budget, self.validation, self._cost, known or self.knows)
        return ranked(ended, judge)

    def knows(self, ended: Ended) -> bool:
        """Whether the design of ``ended`` is a well-known one."""
        proposal = ended.proposal
        return is_known(self.space(proposal.space), self.task.modality, proposal.values)

    def promising(self, ended: Iterable[Ended]) -> list[Ended]:
        """The same for those that are to be trained on or varied.

        Their float networks are compared: what int8 costs shrinks with training. On photos
        it was six points after seven epochs, and none after thirty-five.
        """
        best_first = self.ranked(ended)
        if self.optimize is not Optimize.BALANCED:
            return best_first
        return sorted(best_first, key=lambda each: -each.float_score)

    def _cost(self, ended: Ended) -> Footprint:
        choices = FixedChoices(ended.proposal.values)
        return self.rated(ended.proposal.space, choices).footprint
