"""One job of the search: how its seconds are shared out, and what the journal keeps of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from automl_edge.catalog import load_space, load_target
from automl_edge.domain.candidate import Candidate, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.quantisation import Quantisation
from automl_edge.feedback import Measured
from automl_edge.search import Journal, Workshop, open_run, trials
from automl_edge.search.choices import RandomChoices
from automl_edge.search.oracle import Trial
from automl_edge.search.records import Ended, Recipe, Stage, from_json, to_json
from automl_edge.search.sampling import rate
from automl_edge.search.trials import Job, model_bytes, run_job
from automl_edge.training import Quantised, Settings, Trained, TrainingData, Windows
from automl_edge.training._tensorflow import tensorflow

PART = Windows(np.zeros((2, 4, 4, 1), np.int8), np.arange(2), np.array([0, 1]), ("g", "h"))
DATA = TrainingData(PART, PART, 2)
PLAIN = Recipe()
MADE = Quantised(b"model", 0.75, Quantisation.QAT, seconds=2.0)


def _candidate() -> Candidate:
    task = Task(Modality.IMAGE, classes=2, image_size=(32, 32))
    space, target = load_space("tiny_conv"), load_target("cortex-m4")
    return rate(space, RandomChoices(1, ceiling=0.1), task, target)


def _measure(candidate: Candidate, model: bytes) -> Measured:
    raise AssertionError((candidate, model))


class Asked:
    """Stands in for training and quantisation, and keeps what they were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trials, "train", self._train)
        monkeypatch.setattr(trials, "quantise", self._quantise)
        monkeypatch.setattr(trials, "quantise_plainly", lambda *_: MADE)
        self.first: Settings | None = None
        self.second: Settings | None = None

    def _train(self, *arguments: Any) -> Trained:
        architecture, _, _, self.first, *_ = arguments
        return Trained(architecture, (np.ones(1, np.float32),), 0.8, 3.0, 5.0)

    def _quantise(self, *arguments: Any) -> Quantised:
        trained, _, _, _, self.second = arguments
        assert trained.accuracy == 0.8
        return MADE


def _brighter_half(model: bytes, features: NDArray[np.int8]) -> NDArray[np.int8]:
    """The first class where the left half is brighter, the second otherwise."""
    assert model == MADE.model
    left = features[:, :, :2].mean((1, 2, 3)) > features[:, :, 2:].mean((1, 2, 3))
    return np.where(np.stack([left, ~left], axis=1), 127, -128).astype(np.int8)


def _run(
    journal: Journal,
    stage: Stage,
    seconds: float | None,
    data: TrainingData = DATA,
    recipe: Recipe = PLAIN,
) -> Ended:
    workshop = Workshop(lambda _: data, _brighter_half, journal, _measure)
    settings = Settings(epochs=60, seconds=seconds, seed=7, learning_rate=0.01)
    return run_job(workshop, Job(0, stage, Trial(_candidate(), recipe), settings), lambda _: None)


@pytest.mark.parametrize(
    ("stage", "seconds", "first", "second"),
    [
        (Stage.TRIAL, 100.0, 100.0, "none"),
        (Stage.TRIAL, None, None, "none"),
        (Stage.FINAL, 100.0, 80.0, 20.0),
        (Stage.FINAL, 1000.0, 970.0, 30.0),
        (Stage.FINAL, 20.0, 20.0, "none"),
        (Stage.FINAL, None, None, None),
    ],
)
def test_a_final_keeps_seconds_for_training_with_rounding(
    stage: Stage,
    seconds: float | None,
    first: float | None,
    second: float | str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch)
    with open_run(tmp_path, {}) as journal:
        _run(journal, stage, seconds)
    assert asked.first is not None
    assert (asked.first.epochs, asked.first.seconds) == (60, first)
    if second == "none":
        assert asked.second is None
    else:
        assert asked.second is not None
        assert (asked.second.seconds, asked.second.seed) == (second, 7)
        assert asked.second.learning_rate < asked.first.learning_rate


@pytest.mark.parametrize(
    ("stage", "method", "lost", "rounds"),
    [
        (Stage.FINAL, Quantisation.PTQ, 0.004, False),
        (Stage.FINAL, Quantisation.PTQ, 0.006, True),  # it had no time for it
        (Stage.FINAL, Quantisation.QAT, 0.0, True),
        (Stage.REFIT, Quantisation.PTQ, 0.004, False),
        (Stage.LONGER, Quantisation.PTQ, 0.0, True),
    ],
)
def test_a_refit_trains_with_rounding_only_where_the_long_training_before_had_to(
    stage: Stage,
    method: Quantisation,
    lost: float,
    rounds: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = Asked(monkeypatch)
    with open_run(tmp_path, {}) as journal:
        source = replace(_run(journal, stage, None), quantisation=method)
        source = replace(source, score=source.float_score - lost)
        workshop = Workshop(lambda _: DATA, _brighter_half, journal, _measure)
        settings = Settings(epochs=60, seconds=100.0)
        refit = Job(1, Stage.REFIT, Trial(_candidate(), Recipe()), settings, source, 0)
        assert not run_job(workshop, refit, lambda _: None).failure
    assert asked.first is not None
    assert asked.first.seconds == (80.0 if rounds else 100.0)
    assert (asked.second is not None) is rounds


def test_the_journal_names_how_the_model_was_quantised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Asked(monkeypatch)
    with open_run(tmp_path, {}) as journal:
        ended = _run(journal, Stage.FINAL, None)
        assert model_bytes(journal, ended) == MADE.model
    assert from_json(to_json(ended)) == ended
    assert (ended.quantisation, ended.score, ended.float_score) == (Quantisation.QAT, 0.75, 0.8)
    assert ended.seconds == 7.0
    earlier = {name: value for name, value in to_json(ended).items() if name != "quantisation"}
    assert from_json(earlier).quantisation is Quantisation.PTQ


def test_what_tensorflow_cannot_do_is_the_failure_of_the_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Quantised:
        raise tensorflow().errors.ResourceExhaustedError(None, None, "no memory")

    Asked(monkeypatch)
    monkeypatch.setattr(trials, "quantise_plainly", refuse)
    with open_run(tmp_path, {}) as journal:
        ended = _run(journal, Stage.TRIAL, None)
    assert "ResourceExhaustedError" in ended.failure


def test_what_a_window_takes_to_answer_is_the_latest_models_and_without_its_compilation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = iter((10.0, 13.0, 14.0, 20.0, 22.0, 26.0))
    monkeypatch.setattr(trials, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    scorer = trials._Scorer(_brighter_half, PART)
    assert scorer(MADE.model) == scorer(MADE.model)
    assert scorer.build_seconds == 3.0
    assert scorer.answer_seconds == 4.0 / len(PART.features)


@pytest.mark.parametrize(("shift", "mirrors", "flips"), [(0, None, None), (40, False, True)])
def test_a_network_is_asked_about_mirror_images_that_it_did_not_see(
    shift: int,
    mirrors: bool | None,
    flips: bool | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stand-in network goes by where it is bright. With ``shift`` the classes differ in
    that; without, it guesses, and what a guess says of mirrored photos does not count."""
    Asked(monkeypatch)
    labels = np.arange(40) % 2
    features = np.random.default_rng(3).integers(-40, 40, (40, 4, 4, 1))
    features[labels == 0, :, :2] += shift
    features[labels == 1, :, 2:] += shift
    symmetric = features + features[:, :, ::-1] * (shift == 0)
    part = Windows(symmetric.astype(np.int8), np.arange(40), labels, ("g",) * 40)
    data = TrainingData(part, part, 2)
    with open_run(tmp_path, {}) as journal:
        for recipe, asked in (
            (PLAIN, (mirrors, flips)),
            (Recipe(mirror=True), (None, flips)),
            (Recipe(flip=True), (mirrors, None)),
            (Recipe(mirror=True, flip=True), (None, None)),
        ):
            ended = _run(journal, Stage.TRIAL, None, data, recipe)
            assert (ended.mirrors, ended.flips) == asked
        ended = _run(journal, Stage.FINAL, None, data)
        assert (ended.mirrors, ended.flips) == (None, None)
