"""Biases that make up for rounding: whether int8 comes nearer to the float network by them."""

from __future__ import annotations

import numpy as np
import pytest

from automl_edge.domain.architecture import (
    Activation,
    Add,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    MaxPool2D,
    Softmax,
)
from automl_edge.scores import probabilities
from automl_edge.search import run_compiled
from automl_edge.training import Weights, float_outputs, keras_model, to_int8_tflite
from automl_edge.training.bias_correction import WINDOWS, bias_corrected
from automl_edge.training.keras_builder import settle_statistics

CLASSES = 4
SHAPE = (12, 10, 2)
NETWORK = Architecture(
    SHAPE,
    (
        Conv2D(8, (3, 3), (2, 2), activation=Activation.RELU6),
        DepthwiseConv2D((3, 3), activation=Activation.RELU6),
        Conv2D(8, (1, 1), activation=Activation.NONE),
        Add(0),
        MaxPool2D((2, 2), (2, 2)),
        Conv2D(12, (3, 2), padding="valid", activation=Activation.RELU),
        AveragePool2D(),
        Flatten(),
        Dropout(0.2),
        Dense(CLASSES),
        Softmax(),
    ),
)
"""Every layer that there is, two of them with a sum over both."""


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    """Bright windows: all inputs positive, as those behind a ReLU are."""
    return np.random.default_rng(1).integers(60, 128, (2 * WINDOWS, *SHAPE)).astype(np.int8)


@pytest.fixture(scope="module")
def weights(features: np.ndarray) -> Weights:
    """Batch norms that stretch what little the bright windows differ by."""
    model = keras_model(NETWORK, seed=2)
    settle_statistics(model, features)
    return tuple(model.get_weights())


@pytest.fixture(scope="module")
def corrected(weights: Weights, features: np.ndarray) -> Weights:
    return bias_corrected(NETWORK, weights, features)


def _int8(weights: Weights, features: np.ndarray) -> np.ndarray:
    model = keras_model(NETWORK)
    model.set_weights(list(weights))
    return probabilities(run_compiled(to_int8_tflite(model, features), features))


def test_int8_answers_more_like_the_float_network(
    weights: Weights, corrected: Weights, features: np.ndarray
) -> None:
    exact = float_outputs(NETWORK, weights, features)
    plain, better = (np.abs(_int8(w, features) - exact).mean() for w in (weights, corrected))
    assert better < 0.75 * plain


def test_no_class_is_favoured_by_rounding(
    weights: Weights, corrected: Weights, features: np.ndarray
) -> None:
    exact = float_outputs(NETWORK, weights, features)
    plain, better = (
        np.abs((_int8(w, features) - exact).mean(axis=0)).max() for w in (weights, corrected)
    )
    assert better < 0.3 * plain


def test_only_biases_change(weights: Weights, corrected: Weights) -> None:
    changed = [not np.array_equal(a, b) for a, b in zip(weights, corrected, strict=True)]
    names = [variable.path for variable in keras_model(NETWORK).weights]
    biases = [name.endswith(("/beta", "/bias")) for name in names]
    assert changed == biases


def test_it_is_deterministic(weights: Weights, corrected: Weights, features: np.ndarray) -> None:
    again = bias_corrected(NETWORK, weights, features)
    assert all(np.array_equal(a, b) for a, b in zip(corrected, again, strict=True))
