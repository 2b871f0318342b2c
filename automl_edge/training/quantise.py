"""A trained network as the int8 model that loses the least, by the cheapest means that do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.quantisation import Quantisation
from automl_edge.training.bias_correction import bias_corrected
from automl_edge.training.calibrate import Range
from automl_edge.training.convert import to_int8_tflite
from automl_edge.training.data import TrainingData
from automl_edge.training.equalise import equalised
from automl_edge.training.keras_builder import keras_model
from automl_edge.training.qat import train_rounding
from automl_edge.training.settings import Settings
from automl_edge.training.stepper import Weights
from automl_edge.training.train import Trained

ALLOWED_LOSS = 0.005
"""Of accuracy, that int8 may cost before more is tried."""

LEAST_SECONDS = 5.0
"""Of training with rounding: building and tracing it take two or three."""

Score = Callable[[bytes], float]
"""Validation accuracy per recording of an int8 ``.tflite``."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """The int8 ``.tflite``, its score, how it was made, and seconds of training with rounding."""

    model: bytes
    score: float
    method: Quantisation
    seconds: float = 0.0


def quantise(
    trained: Trained,
    features: FeatureSpec,
    data: TrainingData,
    score: Score,
    training: Settings | None,
) -> Quantised:
    """The best int8 model of ``trained``.

    PTQ with corrected biases first; while int8 scores more than ALLOWED_LOSS below the
    float network, equalisation, then quantisation-aware training as ``training`` says (None:
    not at all). Of equal scores the earlier method's model is kept. All that follows PTQ
    keeps within the seconds of ``training``.
    """
    began = time.monotonic()
    architecture, representative = trained.architecture, data.representative

    def loses(found: Quantised) -> bool:
        return trained.accuracy - found.score > ALLOWED_LOSS

    best = quantise_plainly(trained, data, score)
    if not loses(best):
        return best
    even = equalised(architecture, trained.weights, representative)
    even = bias_corrected(architecture, even, representative)
    content = _converted(architecture, even, representative)
    best = _better(best, Quantised(content, score(content), Quantisation.EQUALISED))
    spent = time.monotonic() - began  # PTQ's share stands for the conversion that is to come
    training = _with_time_left(training, spent)
    if training is None or not loses(best):
        return best
    rounded = train_rounding(architecture, even, features, data, training)
    content = _converted(architecture, rounded.weights, representative, rounded.ranges)
    best = _better(best, Quantised(content, score(content), Quantisation.QAT))
    return replace(best, seconds=rounded.seconds)


def quantise_plainly(trained: Trained, data: TrainingData, score: Score) -> Quantised:
    """The int8 model of ``trained`` by PTQ with corrected biases, whatever it loses."""
    content = corrected_tflite(trained, data)
    return Quantised(content, score(content), Quantisation.PTQ)


def corrected_tflite(trained: Trained, data: TrainingData) -> bytes:
    """The int8 ``.tflite`` of ``trained`` by PTQ with corrected biases."""
    architecture, representative = trained.architecture, data.representative
    weights = bias_corrected(architecture, trained.weights, representative)
    return _converted(architecture, weights, representative)


def _converted(
    architecture: Architecture,
    weights: Weights,
    representative: NDArray[np.int8],
    ranges: Sequence[Range | None] = (),
) -> bytes:
    model = keras_model(architecture)
    model.set_weights(list(weights))
    return to_int8_tflite(model, representative, ranges)


def _with_time_left(training: Settings | None, spent: float) -> Settings | None:
    """``training`` with the seconds that are left; None where it could not do anything in them."""
    if training is None or training.seconds is None:
        return training
    left = training.seconds - spent
    return replace(training, seconds=left) if left >= LEAST_SECONDS else None


def _better(one: Quantised, other: Quantised) -> Quantised:
    return max(one, other, key=lambda found: found.score)
