"""Quantisation-aware training: some more epochs with the rounding of int8 in place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from automl_edge.domain.architecture import Architecture, Dropout, Flatten
from automl_edge.domain.features import FeatureSpec
from automl_edge.training.calibrate import Range
from automl_edge.training.data import TrainingData
from automl_edge.training.fake_quant import RoundingNetwork
from automl_edge.training.graph import Graph
from automl_edge.training.settings import Settings
from automl_edge.training.stepper import Weights
from automl_edge.training.train import Learner, fit

RATE_SHARE = 0.05
"""The share of the first training's learning rate: the weights are good already."""

MOST_EPOCHS = 20


@dataclass(frozen=True, slots=True)
class Rounded:
    """Weights that rounding does little to, in the order of ``keras_model``.

    ``ranges`` are those of the outputs of the operators, for ``to_int8_tflite``. ``seconds``
    is what it took.
    """

    weights: Weights
    ranges: tuple[Range | None, ...]
    seconds: float


def qat_settings(training: Settings, seconds: float | None) -> Settings:
    """How to train on, within ``seconds``, a network that was trained as ``training`` says."""
    return replace(
        training,
        epochs=min(training.epochs, MOST_EPOCHS),
        seconds=seconds,
        learning_rate=training.learning_rate * RATE_SHARE,
    )


def train_rounding(
    architecture: Architecture,
    weights: Weights,
    features: FeatureSpec,
    data: TrainingData,
    settings: Settings,
) -> Rounded:
    """Train on from ``weights`` with weights and activations rounded as in int8.

    The weights that do best on validation with the rounding are kept.
    """
    began = time.monotonic()
    network = RoundingNetwork(architecture, weights, settings.seed)
    network.settle(data.representative)
    fit(Learner(network.model, partial(Graph, network.model)), features, data, settings, began)
    ranges = of_operators(architecture, network.ranges)
    return Rounded(network.weights, ranges, time.monotonic() - began)


def of_operators(
    architecture: Architecture, ranges: Sequence[Range | None]
) -> tuple[Range | None, ...]:
    """Of ``ranges``, one for each layer, those of layers that are operators of a ``.tflite``."""
    return tuple(
        found
        for layer, found in zip(architecture.layers, ranges, strict=True)
        if not isinstance(layer, Dropout | Flatten)
    )
