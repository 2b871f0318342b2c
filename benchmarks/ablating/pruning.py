"""A wider network that is trained first, and of whose channels the most important ones stay."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from automl_edge.domain.architecture import Add, Architecture, Conv2D, Dense, DepthwiseConv2D
from automl_edge.domain.candidate import Design
from automl_edge.domain.network_builder import whole_channels
from automl_edge.search.session import ONWARD_RATE
from automl_edge.training import Settings, Trained, TrainingData, Weights, keras_model, train
from automl_edge.training.backbone import Convolution, importance, most_important


def trained_and_pruned(
    design: Design, wider: float, data: TrainingData, settings: Settings
) -> Trained:
    """``design`` trained for half of the epochs, from a network so much ``wider`` that had the
    other half."""
    wide = widened(design.architecture, wider)
    half = replace(settings, epochs=settings.epochs // 2)
    before = train(wide, design.features, data, half)
    start = pruned(wide, before.weights, design.architecture)
    onward = replace(half, learning_rate=settings.learning_rate * ONWARD_RATE)
    return train(design.architecture, design.features, data, onward, start)


def widened(architecture: Architecture, wider: float) -> Architecture:
    """The same with so many times the filters in each convolution."""
    layers = (
        replace(layer, filters=whole_channels(layer.filters * wider))
        if isinstance(layer, Conv2D)
        else layer
        for layer in architecture.layers
    )
    return replace(architecture, layers=tuple(layers))


def pruned(wide: Architecture, weights: Weights, narrow: Architecture) -> Weights:
    """Weights of ``narrow``: those of the channels of ``wide`` that move most what comes after.

    Both are chains of the same layers. Raises ValueError for residual networks.
    """
    source, goal = keras_model(wide), keras_model(narrow)
    source.set_weights(list(weights))
    convolutions = _convolutions(source, wide)
    channels = np.arange(wide.input_shape[2])
    for index, layer in enumerate(narrow.layers):
        name = f"layer{index}"
        match layer:
            case Add():
                raise ValueError("the channels of a sum cannot be chosen one by one")
            case Conv2D():
                kernel = convolutions[name].kernel[:, :, channels]
                channels = most_important(layer.filters, importance(convolutions, name))
                goal.get_layer(name).set_weights([kernel[..., channels]])
                _set_norm(goal, name, convolutions[name], channels)
            case DepthwiseConv2D():
                goal.get_layer(name).set_weights([convolutions[name].kernel[:, :, channels]])
                _set_norm(goal, name, convolutions[name], channels)
            case Dense():
                kernel, bias = source.get_layer(name).get_weights()
                goal.get_layer(name).set_weights([kernel[channels], bias])
    return tuple(goal.get_weights())


def _convolutions(model: Any, architecture: Architecture) -> dict[str, Convolution]:
    """All of them in order, by their names in ``model``."""
    names = (
        f"layer{index}"
        for index, layer in enumerate(architecture.layers)
        if isinstance(layer, Conv2D | DepthwiseConv2D)
    )
    return {
        name: Convolution(
            *model.get_layer(name).get_weights(), *model.get_layer(f"{name}_norm").get_weights()
        )
        for name in names
    }


def _set_norm(model: Any, name: str, whole: Convolution, channels: Any) -> None:
    model.get_layer(f"{name}_norm").set_weights([each[channels] for each in whole[1:]])
