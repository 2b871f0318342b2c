"""A made-up task whose search takes seconds: stripes on 8x8 pixels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from automl_edge.catalog import load_target
from automl_edge.costs.correction import MeasuredModel, Share
from automl_edge.domain.architecture import (
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    Flatten,
    Softmax,
)
from automl_edge.domain.candidate import Candidate, Design, HyperParameters, SearchSpace, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import FeatureSpec, ImageSpec
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.target import Budget
from automl_edge.feedback import Measured
from automl_edge.search import Problem, trials
from automl_edge.search.mirroring import NOT_ASKED
from automl_edge.training import Quantised, Settings, Trained, TrainingData, Windows

CLASSES = 2
IDENTITY = {"data": "made up"}


class Stripes:
    """A family of one or two convolutions on 8x8 pixels."""

    NAME = "stripes"
    MODALITIES = (Modality.IMAGE,)

    def build(self, hp: HyperParameters, task: Task) -> Design:
        filters = hp.choice("filters", (4, 8, 12, 16, 20, 24))
        layers: tuple[Conv2D, ...] = (Conv2D(filters, (3, 3), (2, 2)),)
        if hp.boolean("deep"):
            layers += (Conv2D(hp.integer("more", 4, 16, 4), (1, 1)),)
        head = (AveragePool2D(), Flatten(), Dense(task.classes), Softmax())
        spec = ImageSpec(8, 8, 1)
        return Design(spec, Architecture(spec.output_shape, (*layers, *head)))


def tiny_problem(budget: Budget | None = None) -> Problem:
    target = load_target("cortex-m4")
    spaces: tuple[SearchSpace, ...] = (Stripes(),)
    task = Task(Modality.IMAGE, CLASSES, image_size=(8, 8), colour=False)
    return Problem(spaces, task, target, budget or Budget.of(target))


def _windows(count: int, seed: int) -> Windows:
    """Noise, of which a few carry stripes along or across: hard enough to stay below 100 %."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    features = random.integers(-60, 60, (count, 8, 8, 1))
    features[labels == 0, ::2] += 12
    return Windows(features.astype(np.int8), np.arange(count), labels, ("g",) * count)


DATA = TrainingData(_windows(80, 1), _windows(60, 2), CLASSES)


def features_for(spec: FeatureSpec) -> TrainingData:
    assert spec == ImageSpec(8, 8, 1)
    return DATA


def measure(candidate: Candidate, model: bytes) -> Measured:
    """Convolutions take a quarter more than predicted, everything else what was said."""
    assert model[4:8] == b"TFL3"
    latency = 1.25 * candidate.footprint.latency_ms
    lesson = MeasuredModel(str(candidate.values), (Share("conv_2d_packed", 0.5, 0.625),))
    return Measured(replace(candidate.footprint, latency_ms=latency), lesson)


def without_training(patch: pytest.MonkeyPatch) -> None:
    """Let no network be trained: weights, model and scores are drawn, by the training's seed.

    What a search decides needs scores, and not that they are earned.
    """
    patch.setattr(trials, "train", _drawn)
    patch.setattr(trials, "quantise", _model_of)
    patch.setattr(trials, "quantise_plainly", _model_of)
    patch.setattr(trials, "answers_turned", lambda *_: NOT_ASKED)


def _drawn(
    architecture: Architecture,
    features: FeatureSpec,
    data: TrainingData,
    settings: Settings,
    *_: Any,
) -> Trained:
    assert data.train.features.shape[1:] == features.output_shape
    score = np.random.default_rng(settings.seed).uniform(0.5, 0.9)
    return Trained(architecture, (np.array([settings.seed], np.float32),), float(score), 1.0, 0.01)


def _model_of(trained: Trained, *_: Any) -> Quantised:
    content = b"\0\0\0\0TFL3" + trained.weights[0].tobytes()
    return Quantised(content, round(trained.accuracy, 3), Quantisation.PTQ)
