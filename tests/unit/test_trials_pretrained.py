"""What a training starts from, and how fast it learns then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_edge.catalog import load_space, load_target
from automl_edge.domain.candidate import Candidate, Task
from automl_edge.domain.dataset import Modality
from automl_edge.feedback import Measured
from automl_edge.search import Workshop, open_run, run_compiled, trials
from automl_edge.search.choices import RandomChoices
from automl_edge.search.oracle import Trial
from automl_edge.search.records import Ended, Recipe, Stage
from automl_edge.search.sampling import rate
from automl_edge.search.trials import PRETRAINED_RATE, Job, run_job, settings_for
from automl_edge.training import (
    BackboneWeights,
    TrainingData,
    Windows,
    load_backbone,
    starting_weights,
)
from tests.backbone_files import NARROW, write_backbone

TASK = Task(Modality.IMAGE, 3, image_size=(32, 32), backbones=(NARROW,))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> BackboneWeights:
    return load_backbone(write_backbone(tmp_path_factory.mktemp("backbone") / "one.h5", NARROW))


def _trial(space: str) -> Trial:
    choices = RandomChoices(1, ceiling=0.3)
    return Trial(rate(load_space(space), choices, TASK, load_target("cortex-m4")), Recipe())


def _run(folder: Path, trial: Trial, *backbones: BackboneWeights) -> Ended:
    """One short training of ``trial`` on noise."""
    spec = trial.candidate.design.features
    labels = np.arange(24) % 3
    noise = np.random.default_rng(1).integers(-128, 128, (24, *spec.output_shape), np.int8)
    windows = Windows(noise, np.arange(24), labels, ("g",) * 24)
    data = TrainingData(windows, windows, 3)
    job = Job(0, Stage.TRIAL, trial, settings_for(trial, 1, None, 5))
    with open_run(folder, {}) as journal:
        workshop = Workshop(lambda _: data, run_compiled, journal, _never, backbones)
        return run_job(workshop, job, lambda _: None)


def _never(candidate: Candidate, model: bytes) -> Measured:
    raise AssertionError(f"measured: {candidate.space}, {len(model)}")


def test_a_pretrained_design_starts_from_its_weights_and_learns_more_slowly(
    tmp_path: Path, weights: BackboneWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Any] = []
    train = trials.train

    def noted(*given: Any) -> Any:
        begun.append(given)
        return train(*given)

    monkeypatch.setattr(trials, "train", noted)
    trial = _trial("mobilenet_v1_pretrained")
    ended = _run(tmp_path, trial, weights)
    assert ended.failure == ""
    assert (tmp_path / ended.model).is_file()
    [(_, _, _, settings, start, _)] = begun
    wanted = starting_weights(trial.candidate.design, weights, settings.seed)
    assert all(np.array_equal(a, b) for a, b in zip(start, wanted, strict=True))
    assert settings.learning_rate == PRETRAINED_RATE * trial.recipe.learning_rate
    assert settings_for(_trial("mobilenet_v1"), 1, None, 5).learning_rate == 8e-3


def test_without_its_weights_a_pretrained_design_is_given_up(tmp_path: Path) -> None:
    ended = _run(tmp_path, _trial("mobilenet_v1_pretrained"))
    assert "are not at hand" in ended.failure
