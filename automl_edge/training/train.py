"""Trains one network on cached features, within a limit of epochs and of seconds."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.features import INPUT_SCALE, FeatureSpec
from automl_edge.scores import Labels, Scores, accuracy
from automl_edge.training._tensorflow import keras
from automl_edge.training.augment import Augmentation, augment
from automl_edge.training.data import TrainingData, Windows
from automl_edge.training.keras_builder import keras_model
from automl_edge.training.stepper import PREDICT_BATCH, Lessons, Methods, State, Stepper, Weights

WARM_UP = 0.05
CHECKS = 10
"""Validations in a training, evenly spread over its progress."""

CALL_SECONDS = 1.0
"""A call into the graph aims at this long: so far at most can a limit be overrun."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how to train. ``seconds`` None is no limit of time.

    With a limit of seconds the learning rate falls with whichever limit is nearer, so
    that a training which runs out of time has still come down; without one, the same
    seed gives the same weights on the same machine. They run from the first steps on: before
    those comes TensorFlow's tracing of the graph. ``falls_to`` is the share of the rate that is
    left in the end. The average over the last ``averaged`` share of the steps is kept;
    ``smoothing`` is that of the labels, and ``weighted`` gives rare classes more weight.
    """

    epochs: int
    seconds: float | None = None
    seed: int = 1
    learning_rate: float = 8e-3
    augmentation: Augmentation = field(default_factory=Augmentation)
    falls_to: float = 0.0
    averaged: float = 0.1
    smoothing: float = 0.1
    weighted: bool = True


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
    keras().backend.clear_session()
    gc.collect()
    model = keras_model(architecture, settings.seed)
    if start is not None:
        model.set_weights(list(start))
    fitted = fit(model, features, data, settings, None, on_progress)
    return Trained(architecture, *fitted)


def fit(
    model: Any,
    features: FeatureSpec,
    data: TrainingData,
    settings: Settings,
    began: float | None,
    on_progress: OnProgress = ignore_progress,
) -> Fitted:
    """Train ``model``, which ends in a softmax, from its present weights on.

    Afterwards it has the best weights. ``began`` (``time.monotonic``) is when the limit of
    seconds started to run; None: it does with the first steps.
    """
    methods = Methods(
        augment(features, settings.augmentation, data.background),
        settings.augmentation.mixup,
        settings.averaged,
    )
    lessons = Lessons(data.train.features, _targets(data, settings))
    stepper = Stepper(model, lessons, methods, settings.seed)
    course = _Course(settings, len(data.train.features), began)
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


def batch_size(windows: int) -> int:
    """128, or fewer for small data so that an epoch has twenty steps, but 16 at least."""
    return min(max(16, min(128, 1 << max(windows // 20, 1).bit_length() - 1)), windows)


@dataclass(frozen=True, slots=True)
class _Best:
    """The state with the highest validation accuracy, the lower loss deciding between equals."""

    state: State
    accuracy: float
    loss: float

    def or_better(self, other: _Best) -> _Best:
        return max(self, other, key=lambda best: (best.accuracy, -best.loss))


class _Course:
    """Where a training stands between its limits, and which batches come next."""

    def __init__(self, settings: Settings, windows: int, began: float | None) -> None:
        self._settings = settings
        self._began = began
        self._windows = windows
        self._batch = batch_size(windows)
        self._total = settings.epochs * (windows // self._batch)
        self._batches = self._shuffled(np.random.default_rng(settings.seed))
        self._step_seconds = CALL_SECONDS / 4
        self._check_seconds = 0.0
        self._checked = 0.0
        self._steps = 0

    @property
    def epochs(self) -> float:
        """Epochs done."""
        return self._steps * self._batch / self._windows

    @property
    def has_begun(self) -> bool:
        """Whether the limit of seconds runs."""
        return self._began is not None

    @property
    def seconds(self) -> float:
        """Since the limit of seconds started to run."""
        return time.monotonic() - self._began if self._began is not None else 0.0

    @property
    def done(self) -> float:
        """From 0 to 1: steps or seconds, whichever is nearer its limit."""
        return self._done_after(0)

    @property
    def check_is_due(self) -> bool:
        """Whether a tenth of the course lies behind since the last validation, or all of it."""
        return self.done >= min(1.0, self._checked + 1 / CHECKS - 1e-9)

    def next_batches(self) -> NDArray[np.intp]:
        """As many batches (steps, batch) as fit one call, the next check and the limits."""
        next_check = math.ceil((self._checked + 1 / CHECKS - 1e-9) * self._total)
        count = min(int(CALL_SECONDS / self._step_seconds), next_check - self._steps)
        if self._settings.seconds is not None:
            left = (1 - self._share_of_seconds()) * self._settings.seconds
            count = min(count, int(left / self._step_seconds))
        return np.stack([next(self._batches) for _ in range(max(1, count))])

    def rates(self, steps: int) -> tuple[float, ...]:
        """Learning rates of the next ``steps``: linear warm-up, then half a cosine to zero."""
        return tuple(self._rate(self._done_after(step)) for step in range(steps))

    def took(self, steps: int, seconds: float) -> None:
        """Count ``steps`` that took ``seconds``; the first call's hold the tracing as well."""
        if self._steps > 0:
            self._step_seconds = seconds / steps
        self._steps += steps

    def begin(self) -> None:
        """Let the limit of seconds run, if it does not."""
        if self._began is None:
            self._began = time.monotonic()

    def checked(self, seconds: float) -> None:
        """Note a validation, and its time, so that the last one ends within the limit."""
        self._checked = self.done
        self._check_seconds = seconds

    def _done_after(self, steps: int) -> float:
        return min(1.0, max((self._steps + steps) / self._total, self._share_of_seconds()))

    def _share_of_seconds(self) -> float:
        if self._settings.seconds is None:
            return 0.0
        usable = max(self._settings.seconds - self._check_seconds, 1e-3)
        return min(1.0, self.seconds / usable)

    def _rate(self, done: float) -> float:
        peak = self._settings.learning_rate
        if done < WARM_UP:
            return peak * (done + 0.01) / (WARM_UP + 0.01)
        least = self._settings.falls_to
        fallen = 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
        return peak * (least + (1 - least) * fallen)

    def _shuffled(self, random: np.random.Generator) -> Iterator[NDArray[np.intp]]:
        while True:
            order = random.permutation(self._windows)
            usable = len(order) // self._batch * self._batch
            yield from order[:usable].reshape(-1, self._batch)


def _follow(
    course: _Course, stepper: Stepper, validation: Windows, on_progress: OnProgress
) -> _Best:
    """Step along ``course`` to its end; the best of the states that were validated."""
    state = stepper.start()
    best = _Best(state, -1.0, math.inf)
    while course.done < 1:
        began = time.monotonic()
        batches = course.next_batches()
        state, loss = stepper.advance(state, batches, course.rates(len(batches)))
        course.took(len(batches), time.monotonic() - began)
        if not course.has_begun:
            stepper.predict(state, validation.features[:PREDICT_BATCH])  # traces it
            course.begin()
        if course.check_is_due:
            checking = time.monotonic()
            best = best.or_better(_validated(stepper, state, validation))
            course.checked(time.monotonic() - checking)
        on_progress(Progressed(course.done, loss, max(best.accuracy, 0.0)))
    if best.accuracy < 0:
        best = _validated(stepper, state, validation)
    return best


def _validated(stepper: Stepper, state: State, validation: Windows) -> _Best:
    scores = validation.mean_scores(stepper.predict(state, validation.features))
    truth = scores[np.arange(len(scores)), validation.labels]
    loss = float(-np.log(np.maximum(truth, 1e-7)).mean())
    return _Best(state, accuracy(scores, validation.labels), loss)
