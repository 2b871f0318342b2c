"""A model in training: its graph, with its weights and its data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_edge.scores import Scores
from automl_edge.training._tensorflow import tensorflow
from automl_edge.training.graph import Graph, Lessons, State, start_of
from automl_edge.training.settings import Settings

Weights = tuple[NDArray[np.float32], ...]
"""A Keras model's weights in its own order (``get_weights``)."""

PREDICT_BATCH = 256


class Stepper:
    """``model``, ready to take the steps of ``graph``. It may be another one than that was traced
    with, if it is built alike. ``lessons`` are arrays."""

    def __init__(self, model: Any, graph: Graph, lessons: Lessons, settings: Settings) -> None:
        tf = tensorflow()
        self._model = model
        self._graph = graph
        self._lessons = Lessons(*(tf.constant(each) for each in lessons))
        self._seed = tf.constant(settings.seed, tf.int32)
        self._averages = settings.averaged > 0

    def start(self) -> State:
        """The state of the model's present weights, before any step."""
        return start_of(self._model)

    def advance(
        self, state: State, batches: NDArray[np.intp], rates: Sequence[float]
    ) -> tuple[State, float]:
        """The state after ``len(batches)`` steps, and their mean loss.

        ``batches`` (steps, batch) index the training windows; ``rates`` are the learning rates
        of the steps.
        """
        tf = tensorflow()
        after, loss = self._graph.advance(
            state,
            self._lessons,
            tf.constant(batches, tf.int32),
            tf.constant(rates, tf.float32),
            self._seed,
        )
        return after, float(loss)

    def predict(self, state: State, features: NDArray[np.int8]) -> Scores:
        """Class probabilities (n, classes) of int8 ``features`` (n, *input shape)."""
        kept = self._kept(state)
        parts = (
            self._graph.infer(*kept, tensorflow().constant(features[first : first + PREDICT_BATCH]))
            for first in range(0, len(features), PREDICT_BATCH)
        )
        return np.concatenate([part.numpy() for part in parts]).astype(np.float64)

    def weights(self, state: State) -> Weights:
        """The weights of ``state``, in the model's own order; the model has them then."""
        parameters, statistics = self._kept(state)
        values = (*self._graph.unflattened(parameters), *statistics)
        variables = (*self._model.trainable_variables, *self._model.non_trainable_variables)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        return tuple(self._model.get_weights())

    def _kept(self, state: State) -> tuple[Any, list[Any]]:
        """The parameters and statistics that count: the running averages, if there are any."""
        if self._averages:
            return state.average, state.average_statistics
        return state.parameters, state.statistics
