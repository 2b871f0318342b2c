"""KerasTuner's random search over the same spaces; what does not fit is thrown away afterwards."""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from searching.made import Assignment, BestSoFar, Built, Made, build
from searching.plain import train_plainly
from searching.pretrained import spaces_of, task_of
from searching.splits import divided_dataset

from automl_edge.domain.candidate import Candidate, SearchSpace, Task
from automl_edge.domain.dataset import Dataset
from automl_edge.material import Material
from automl_edge.scores import accuracy, probabilities
from automl_edge.search import run_compiled
from automl_edge.search.keras_tuner_adapter import SPACE, KerasTunerChoices
from automl_edge.search.sampling import rate
from automl_edge.training import to_int8_tflite
from automl_edge.training._tensorflow import keras, quiet

OBJECTIVE = "val_accuracy"
TRIALS = 16
"""Trainings among which the time is divided evenly."""

AFTER_TRAINING_SECONDS = 4.0
"""Kept of a trial's share for conversion and the int8 score."""

AFTER_SECONDS = 10.0
"""Kept of the time for measuring the best that may fit."""

DRAWS = 30
"""Random designs of a space that are built to get to know all of its choices."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A trained candidate: its int8 model, that one's validation accuracy, when it was there."""

    candidate: Candidate
    model: bytes
    score: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Ground:
    """What all trials of a search share."""

    given: Assignment
    material: Material
    task: Task
    spaces: Mapping[str, SearchSpace]


def random_search(given: Assignment) -> Made:
    """The best of the random trials that fits; none of them was rated before its training."""
    dataset = divided_dataset(given.data, given.split)
    tried = _searched(given, Material(dataset))
    fitting = [one for one in tried if not _broken(one, given)]
    name, built = _best(given, dataset, fitting)
    best = BestSoFar()
    for one in fitting:
        best.note(one.seconds, one.score)
    told = f"{name}; {len(fitting)} of {len(tried)} trials fit"
    return Made(told, built, given.elapsed, best.course)


def _best(given: Assignment, dataset: Dataset, tried: Sequence[Tried]) -> tuple[str, Built | None]:
    """The best by validation that fits as measured too."""
    for one in sorted(tried, key=lambda one: -one.score):
        built = build(one.model, one.candidate.design, dataset, given.target)
        if not built.footprint.violations(given.budget):
            return one.candidate.space, built
    return "commonest class", None


def _broken(one: Tried, given: Assignment) -> bool:
    return bool(one.candidate.footprint.violations(given.budget))


def _searched(given: Assignment, material: Material) -> list[Tried]:
    """All trials that ended within the limit."""
    task = task_of(material.dataset)
    ground = Ground(given, material, task, {each.NAME: each for each in spaces_of(task)})
    with warnings.catch_warnings():  # KerasTuner calls a deprecated function of threading
        warnings.simplefilter("ignore", DeprecationWarning)
        tuner = _tuner_class()(ground)
        tuner.search()
    if not tuner.tried:
        raise RuntimeError(f"no trial could be trained; the first said: {tuner.first_failure}")
    return [one for one in tuner.tried if one.seconds <= given.limit]


def _choices(ground: Ground) -> Any:
    """KerasTuner's HyperParameters that know every choice of the spaces, those too that come up
    under some other choices only."""
    keras()
    with quiet():
        import keras_tuner

    known = keras_tuner.HyperParameters()
    known.Choice(SPACE, list(ground.spaces))
    drawn = random.Random(ground.given.key.seed)
    for space in ground.spaces.values():
        for _ in range(DRAWS):
            for parameter in known.space:
                known.values[parameter.name] = parameter.random_sample(drawn.random())
            space.build(KerasTunerChoices(known, space.NAME), ground.task)
    return known


def _tuner_class() -> Any:
    """The tuner's class, made when KerasTuner (and with it TensorFlow) is needed."""
    keras()
    with quiet():
        import keras_tuner

    class Tuner(keras_tuner.RandomSearch):  # type: ignore[misc]
        """RandomSearch whose trials are our trainings, each with an even share of the time."""

        def __init__(self, ground: Ground) -> None:
            super().__init__(
                objective=keras_tuner.Objective(OBJECTIVE, "max"),
                max_trials=TRIALS,
                seed=ground.given.key.seed,
                hyperparameters=_choices(ground),
                max_consecutive_failed_trials=TRIALS,
                directory=str(ground.given.scratch),
                project_name="random",
            )
            self.oracle.verbose = 0
            self.tried: list[Tried] = []
            self._ground = ground

        @property
        def first_failure(self) -> str:
            """What KerasTuner noted of the first trial that failed."""
            return next((t.message for t in self.oracle.trials.values() if t.message), "nothing")

        def pre_create_trial(self) -> None:
            """Stop when the time is over."""
            if self._left <= AFTER_TRAINING_SECONDS:
                self.oracle.max_trials = max(1, len(self.oracle.trials))

        def run_trial(self, trial: Any) -> dict[str, float]:
            """Train, convert and score the design that ``trial`` describes."""
            given, chosen = self._ground.given, trial.hyperparameters
            space = self._ground.spaces[chosen.get(SPACE)]
            choices = KerasTunerChoices(chosen, space.NAME)
            candidate = rate(space, choices, self._ground.task, given.target)
            left = TRIALS - len(self.oracle.trials) + 1
            score, model = self._score(candidate, given.elapsed + self._left / left)
            self.tried.append(Tried(candidate, model, score, given.elapsed))
            return {OBJECTIVE: score}

        def _score(self, candidate: Candidate, end: float) -> tuple[float, bytes]:
            """int8 validation accuracy and model of ``candidate``, there at about ``end``."""
            given, design = self._ground.given, candidate.design
            data = self._ground.material.training_data(design.features)
            seconds = max(1.0, end - given.elapsed - AFTER_TRAINING_SECONDS)
            trained = train_plainly(design, data, seconds, given.key.seed)
            model = to_int8_tflite(trained.model(), data.representative)
            scores = probabilities(run_compiled(model, data.validation.features))
            means = data.validation.mean_scores(scores)
            return accuracy(means, data.validation.labels), model

        @property
        def _left(self) -> float:
            given = self._ground.given
            return given.limit - AFTER_SECONDS - given.elapsed

    return Tuner
