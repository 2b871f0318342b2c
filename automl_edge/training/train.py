"""Trains one network on cached features, within a limit of epochs and of seconds."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.features import INPUT_SCALE, FeatureSpec
from automl_edge.scores import Labels, Scores, accuracy
from automl_edge.training.course import Course
from automl_edge.training.data import TrainingData, Windows
from automl_edge.training.graph import Graph, Lessons, Methods, State, graph_of
from automl_edge.training.keras_builder import keras_model
from automl_edge.training.settings import Settings
from automl_edge.training.stepper import Stepper, Weights


@dataclass(frozen=True, slots=True)
class Progressed:
    """``done`` of 1, the mean loss of the last steps, the best validation accuracy so far."""

    done: float
    loss: float
    best: float


@dataclass(frozen=True, slots=True)
class Trained:
    """The weights of the best validation, the float model's accuracy there (per recording), epochs
    done, and the seconds that the limit counts."""

    architecture: Architecture
    weights: Weights
    accuracy: float
    epochs: float
    seconds: float

    def model(self) -> Any:
        """A Keras model with these weights."""
        model = keras_model(self.architecture)
        model.set_weights(list(self.weights))
        return model


class Learner(NamedTuple):
    """A Keras model, and what gives a graph that suits it."""

    model: Any
    graph_for: Callable[[Methods], Graph]


class Fitted(NamedTuple):
    """A model's weights at the best validation, its accuracy there, epochs done, seconds taken."""

    weights: Weights
    accuracy: float
    epochs: float
    seconds: float


def float_outputs(
    architecture: Architecture, weights: Weights, features: NDArray[np.int8]
) -> Scores:
    """Class probabilities (n, classes) that the float network gives int8 ``features``."""
    model = keras_model(architecture)
    model.set_weights(list(weights))
    values = features.astype(np.float32) * np.float32(INPUT_SCALE)
    return np.asarray(model.predict(values, verbose=0), np.float64)


OnProgress = Callable[[Progressed], None]


def ignore_progress(progress: Progressed) -> None:
    """For callers that do not listen."""
    del progress


def train(
    architecture: Architecture,
    features: FeatureSpec,
    data: TrainingData,
    settings: Settings,
    start: Weights | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Trained:
    """Train from scratch, or on from ``start``, and keep the best weights on validation.

    Adam with a warm-up and a cosine fall, label smoothing, class weights, augmentation
    for the modality of ``features``.
    """
    gc.collect()
    model = keras_model(architecture, settings.seed)
    if start is not None:
        model.set_weights(list(start))
    learner = Learner(model, partial(graph_of, architecture))
    fitted = fit(learner, features, data, settings, None, on_progress)
    return Trained(architecture, *fitted)


def fit(
    learner: Learner,
    features: FeatureSpec,
    data: TrainingData,
    settings: Settings,
    began: float | None,
    on_progress: OnProgress = ignore_progress,
) -> Fitted:
    """Train the model of ``learner``, which ends in a softmax, from its present weights on.

    Afterwards it has the best weights. ``began`` (``time.monotonic``) is when the limit of
    seconds started to run; None: it does with the first steps.
    """
    windows, background = data.train.features, data.background
    course = Course(settings, len(windows), began)
    methods = Methods(
        features,
        settings.augmentation,
        background is not None,
        course.batch,
        settings.averaged,
    )
    noise = windows[:0] if background is None else background
    lessons = Lessons(windows, _targets(data, settings), noise)
    stepper = Stepper(learner.model, learner.graph_for(methods), lessons, settings)
    best = _follow(course, stepper, data.validation, on_progress)
    return Fitted(stepper.weights(best.state), best.accuracy, course.epochs, course.seconds)


def _targets(data: TrainingData, settings: Settings) -> NDArray[np.float32]:
    """What the network is to answer (windows, classes), times each window's weight.

    Smoothed labels: Szegedy et al., "Rethinking the Inception Architecture" (2016).
    """
    labels = data.train.window_labels
    smooth = settings.smoothing
    targets = np.eye(data.classes)[labels] * (1 - smooth) + smooth / data.classes
    if settings.weighted:
        targets *= class_weights(labels, data.classes)[labels, np.newaxis]
    return targets.astype(np.float32)


def class_weights(labels: Labels, classes: int) -> NDArray[np.float32]:
    """A weight a class, (classes,), of mean 1 over the samples.

    The inverse square root of its frequency: half way to balance, because plain accuracy
    is asked for as well. Classes without samples get 0.
    """
    counts = np.bincount(labels, minlength=classes)
    raw = np.where(counts > 0, 1 / np.sqrt(np.maximum(counts, 1)), 0)
    weights: NDArray[np.float32] = (raw * counts.sum() / (raw * counts).sum()).astype(np.float32)
    return weights


@dataclass(frozen=True, slots=True)
class _Best:
    """The state with the highest validation accuracy, the lower loss deciding between equals."""

    state: State
    accuracy: float
    loss: float

    def or_better(self, other: _Best) -> _Best:
        return max(self, other, key=lambda best: (best.accuracy, -best.loss))


def _follow(
    course: Course, stepper: Stepper, validation: Windows, on_progress: OnProgress
) -> _Best:
    """Step along ``course`` to its end; the best of the states that were validated."""
    state = stepper.start()
    best = _Best(state, -1.0, math.inf)
    done = 0.0
    while done < 1:
        began = time.monotonic()
        batches = course.next_batches()
        state, loss = stepper.advance(state, batches, course.rates(len(batches)))
        course.took(len(batches), time.monotonic() - began)
        if not course.has_begun:
            stepper.predict(state, validation.features[:1])  # traces it
            course.begin()
        done = course.done
        if course.is_check_due(done):
            checking = time.monotonic()
            best = best.or_better(_validated(stepper, state, validation))
            course.checked(time.monotonic() - checking)
            done = course.done
        on_progress(Progressed(done, loss, max(best.accuracy, 0.0)))
    return best


def _validated(stepper: Stepper, state: State, validation: Windows) -> _Best:
    scores = validation.mean_scores(stepper.predict(state, validation.features))
    truth = scores[np.arange(len(scores)), validation.labels]
    loss = float(-np.log(np.maximum(truth, 1e-7)).mean())
    return _Best(state, accuracy(scores, validation.labels), loss)
