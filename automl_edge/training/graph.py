"""A training's steps, and what the network answers, as TensorFlow graphs: values in, values out.

All trainable parameters live in one flat vector, so that the optimiser is six operators
however many layers there are, and many steps run in one call: such a graph is traced and optimised
in a fraction of the time of ``Model.fit``'s. Weights, data and seed are inputs, so that a design
that is trained again in the same way and in batches of the same size is not traced again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.features import INPUT_SCALE, FeatureSpec
from automl_edge.training._tensorflow import keras, tensorflow
from automl_edge.training.augment import Augmentation, augmented
from automl_edge.training.augment_parts import blended
from automl_edge.training.keras_builder import keras_model

FIRST_MOMENT = 0.9
SECOND_MOMENT = 0.999
ADAM_EPSILON = 1e-7
WEIGHT_DECAY = 0.02
"""Decoupled, times the learning rate, on kernels only (Loshchilov and Hutter, 2019)."""

SEEDS_A_STEP = 16
"""Augmentations add up to thirteen to a step's seed, so steps lie sixteen apart."""

GRAPHS = 16
"""So many are kept, those that were used last. One takes some 15 MB."""


class State(NamedTuple):
    """All that a step changes: parameters, Adam's moments, steps taken, running statistics,
    and the running averages of parameters and statistics."""

    parameters: Any
    first: Any
    second: Any
    steps: Any
    statistics: list[Any]
    average: Any
    average_statistics: list[Any]


class Lessons(NamedTuple):
    """What there is to learn: int8 ``features`` (n, *input shape) and ``targets`` (n, classes).

    A row of ``targets`` are probabilities times the weight that the window has in the loss.
    ``background`` (m, *input shape), int8, are windows of nothing else; m may be 0.
    """

    features: Any
    targets: Any
    background: Any


@dataclass(frozen=True, slots=True)
class Methods:
    """How windows are changed, whether there is background to mix into them, the number of windows
    in a step, and over which share of the steps the average looks back that is validated and
    kept; 0 for the last step's weights."""

    features: FeatureSpec
    augmentation: Augmentation
    noisy: bool
    batch: int
    averaged: float = 0.1


class Graph:
    """``advance`` and ``infer`` for every model that is built as ``model`` is."""

    def __init__(self, model: Any, methods: Methods) -> None:
        tf = tensorflow()
        self._model = model
        self._logits = keras().Model(model.input, model.layers[-1].input)
        self._methods = methods
        self._shapes = [tuple(v.shape) for v in model.trainable_variables]
        self._decayed = np.concatenate(
            [np.full(np.prod(s), len(s) > 1, np.float32) for s in self._shapes]
        )
        state = tf.nest.map_structure(_spec, start_of(model))
        windows = tf.TensorSpec((None, *model.input_shape[1:]), tf.int8)
        targets = tf.TensorSpec((None, model.output_shape[-1]), tf.float32)
        rates = tf.TensorSpec((None,), tf.float32)
        batches = tf.TensorSpec((None, methods.batch), tf.int32)
        seed = tf.TensorSpec((), tf.int32)
        lessons = Lessons(windows, targets, windows)
        self.advance = tf.function(
            self._many_steps, (state, lessons, batches, rates, seed), autograph=False
        )
        """(state, lessons, indices of windows (steps, batch), learning rates (steps,), seed) to
        the state after these steps and their mean loss."""

        self.infer = tf.function(
            self._probabilities, (state.parameters, state.statistics, windows), autograph=False
        )
        """(parameters, statistics, int8 windows) to class probabilities (windows, classes)."""

    def unflattened(self, flat: Any) -> list[Any]:
        """The parameters ``flat`` as the model's trainable variables are shaped."""
        tf = tensorflow()
        parts = tf.split(flat, [int(np.prod(shape)) for shape in self._shapes])
        return [tf.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def shown(self, batch: Lessons, seed: Any) -> tuple[Any, Any]:
        """What the network sees of ``batch`` in a step, scaled, and what it is to answer."""
        tf, how = tensorflow(), self._methods
        features = tf.cast(batch.features, tf.float32) * INPUT_SCALE
        background = batch.background if how.noisy else None
        features = augmented(features, seed, how.features, how.augmentation, background)
        if how.augmentation.mixup:
            return blended(features, batch.targets, seed + 12, how.augmentation.mixup)
        return features, batch.targets

    def _probabilities(self, parameters: Any, statistics: list[Any], features: Any) -> Any:
        scaled = tensorflow().cast(features, "float32") * INPUT_SCALE
        found, _ = self._model.stateless_call(
            self.unflattened(parameters), statistics, scaled, training=False
        )
        return found

    def _many_steps(
        self, state: State, lessons: Lessons, batches: Any, rates: Any, seed: Any
    ) -> tuple[State, Any]:
        tf = tensorflow()
        count = tf.shape(batches)[0]

        def body(step: Any, state: State, total: Any) -> tuple[Any, State, Any]:
            chosen = lessons._replace(
                features=tf.gather(lessons.features, batches[step]),
                targets=tf.gather(lessons.targets, batches[step]),
            )
            after, loss = self._one_step(state, chosen, rates[step], seed)
            return step + 1, after, total + loss

        _, state, total = tf.while_loop(
            lambda step, *_: step < count, body, (0, state, 0.0), parallel_iterations=1
        )
        return state, total / tf.cast(count, tf.float32)

    def _one_step(self, state: State, batch: Lessons, rate: Any, seed: Any) -> tuple[State, Any]:
        tf = tensorflow()
        features, targets = self.shown(batch, tf.stack([seed, state.steps * SEEDS_A_STEP]))
        with tf.GradientTape() as tape:
            tape.watch(state.parameters)
            logits, statistics = self._logits.stateless_call(
                self.unflattened(state.parameters), state.statistics, features, training=True
            )
            loss = -tf.reduce_mean(tf.reduce_sum(targets * tf.nn.log_softmax(logits), axis=1))
        gradient = tape.gradient(loss, state.parameters)
        after = self._adam(state, gradient, rate)._replace(statistics=statistics)
        return _averaged(after, self._methods.averaged), loss

    def _adam(self, state: State, gradient: Any, rate: Any) -> State:
        """Kingma and Ba, "Adam" (2015), algorithm 1, with decoupled weight decay."""
        tf = tensorflow()
        steps = state.steps + 1
        first = FIRST_MOMENT * state.first + (1 - FIRST_MOMENT) * gradient
        second = SECOND_MOMENT * state.second + (1 - SECOND_MOMENT) * tf.square(gradient)
        taken = tf.cast(steps, tf.float32)
        unbiased = first / (1 - FIRST_MOMENT**taken)
        spread = tf.sqrt(second / (1 - SECOND_MOMENT**taken)) + ADAM_EPSILON
        decay = WEIGHT_DECAY * self._decayed * state.parameters
        parameters = state.parameters - rate * (unbiased / spread + decay)
        return state._replace(parameters=parameters, first=first, second=second, steps=steps)


def _averaged(state: State, share: float) -> State:
    """``state`` with its running averages moved towards it, the more slowly the more steps are
    done: they look back over a ``share`` of them."""
    tf = tensorflow()
    back = tf.cast(state.steps, tf.float32) * share + 1
    statistics = [  # the random state of dropout is among them, a whole number
        average + (value - average) / back if value.dtype.is_floating else value
        for average, value in zip(state.average_statistics, state.statistics, strict=True)
    ]
    average = state.average + (state.parameters - state.average) / back
    return state._replace(average=average, average_statistics=statistics)


@lru_cache(maxsize=GRAPHS)
def graph_of(architecture: Architecture, methods: Methods) -> Graph:
    """The graph of ``keras_model(architecture)``, traced if it was not before.

    TensorFlow's caches of kernels grow by some 40 MB a training. They are emptied before a new
    graph, not before one that is used again: it would have to be optimised anew.
    """
    keras().backend.clear_session()
    return Graph(keras_model(architecture), methods)


def start_of(model: Any) -> State:
    """The state of the model's present weights, before any step."""
    tf = tensorflow()
    flat = tf.concat([tf.reshape(v.value, [-1]) for v in model.trainable_variables], 0)
    statistics = [tf.identity(v.value) for v in model.non_trainable_variables]
    zeros = tf.zeros_like(flat)
    return State(flat, zeros, zeros, tf.constant(0), statistics, flat, statistics)


def _spec(value: Any) -> Any:
    return tensorflow().TensorSpec(value.shape, value.dtype)
