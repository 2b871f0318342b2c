"""A KerasTuner oracle that only ever hands out designs within the budget.

KerasTuner spends a trial on a design that turns out infeasible, and stops after three in
a row; here every proposal is rated before it becomes a trial. The oracle keeps nothing on
disk: it is rebuilt from the journal by replay.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from automl_edge.domain.candidate import Candidate
from automl_edge.search.keras_tuner_adapter import KerasTunerChoices, from_values, to_values
from automl_edge.search.proposals import Proposer
from automl_edge.search.records import Ended, Proposal, Recipe, Stage
from automl_edge.training._tensorflow import keras, quiet

OBJECTIVE = "accuracy"


@dataclass(frozen=True, slots=True)
class Trial:
    """A feasible candidate to be trained by a recipe."""

    candidate: Candidate
    recipe: Recipe

    @property
    def proposal(self) -> Proposal:
        """The trial as the journal keeps it."""
        return Proposal(self.candidate.space, self.candidate.values, self.recipe)


class TrialSource:
    """Trials from a BudgetOracle: ``next``, train it, ``ended``. Several may be on their way.

    ``history`` is replayed first, so that proposals go on where they stopped. ``most`` is
    the number of trials after which there are no more, the replayed ones included.
    """

    def __init__(self, proposer: Proposer, history: Sequence[Ended], most: int | None) -> None:
        self._proposer = proposer
        self._oracle = _budget_oracle_class()(proposer, most)
        self._ongoing: dict[Proposal, Any] = {}
        for trial in history:
            if trial.stage is Stage.TRIAL:
                self._oracle.replay(trial.proposal)
                if self.next() is not None:
                    self.ended(trial)

    def next(self) -> Trial | None:
        """The next trial; None when there is to be no more."""
        self._oracle.ongoing = tuple(self._ongoing)
        with warnings.catch_warnings():  # KerasTuner calls a deprecated function of threading
            warnings.simplefilter("ignore", DeprecationWarning)
            trial = self._oracle.create_trial(f"tuner{len(self._oracle.trials)}")
        if trial.status != "RUNNING":
            return None
        proposal = from_values(trial.hyperparameters.values)
        choices = KerasTunerChoices(trial.hyperparameters, proposal.space)
        found = Trial(self._proposer.problem.rated(proposal.space, choices), proposal.recipe)
        self._ongoing[found.proposal] = trial
        return found

    def ended(self, trial: Ended) -> None:
        """Tell how a trial that ``next`` gave has ended."""
        self._oracle.learn(trial)
        ongoing = self._ongoing.pop(trial.proposal)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            self._oracle.update_trial(ongoing.trial_id, {OBJECTIVE: trial.score})
            ongoing.status = "COMPLETED"
            self._oracle.end_trial(ongoing)


@lru_cache(maxsize=1)
def _budget_oracle_class() -> Any:
    """BudgetOracle, made when KerasTuner (and with it TensorFlow) is first needed."""
    keras()
    with quiet():
        import keras_tuner

    class BudgetOracle(keras_tuner.Oracle):  # type: ignore[misc]
        """Hands out what the proposer finds feasible, or what is being replayed."""

        def __init__(self, proposer: Proposer, most: int | None) -> None:
            objective = keras_tuner.Objective(OBJECTIVE, "max")
            super().__init__(objective=objective, max_trials=most, seed=1)
            self.verbose = 0
            self._proposer = proposer
            self.ongoing: tuple[Proposal, ...] = ()
            self._history: list[Ended] = []
            self._replayed: Proposal | None = None

        def populate_space(self, trial_id: str) -> dict[str, Any]:
            """KerasTuner's request for the values of trial ``trial_id``."""
            proposal = self._replayed or self._proposer.propose(
                int(trial_id), self._history, self.ongoing
            )
            self._replayed = None
            if proposal is None:
                return {"status": "STOPPED"}
            return {"status": "RUNNING", "values": to_values(proposal)}

        def replay(self, proposal: Proposal) -> None:
            """Make ``proposal`` the next trial."""
            self._replayed = proposal

        def learn(self, trial: Ended) -> None:
            """Let later proposals know of ``trial``."""
            self._history.append(trial)

        def save(self) -> None:
            """Nothing: the journal is the truth."""

        def _save_trial(self, trial: Any) -> None:
            """Nothing: the journal is the truth."""

    return BudgetOracle
