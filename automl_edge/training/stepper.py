"""Training steps as one TensorFlow graph: values in, values out.

All trainable parameters live in one flat vector, so that the optimiser is six operators
however many layers there are, and many steps run in one call. Tracing and optimising a
MobileNet's graph takes 1.5 s this way against 11 s in ``Model.fit``, which matters when a
trial lasts fifteen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.features import INPUT_SCALE
from automl_edge.scores import Scores
from automl_edge.training._tensorflow import keras, tensorflow
from automl_edge.training.augment import Augment
from automl_edge.training.augment_parts import blended

Weights = tuple[NDArray[np.float32], ...]
"""A Keras model's weights in its own order (``get_weights``)."""

FIRST_MOMENT = 0.9
SECOND_MOMENT = 0.999
ADAM_EPSILON = 1e-7
WEIGHT_DECAY = 0.02
"""Decoupled, times the learning rate, on kernels only (Loshchilov and Hutter, 2019)."""

PREDICT_BATCH = 256


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


@dataclass(frozen=True, slots=True)
class Lessons:
    """What there is to learn: int8 ``features`` (n, *input shape) and ``targets`` (n, classes).

    A row of ``targets`` are probabilities times the weight that the window has in the loss.
    """

    features: NDArray[np.int8]
    targets: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Methods:
    """How windows are changed, the share of them that another is blended into, and over which
    share of the steps the average looks back that is validated and kept; 0 for the last step's
    weights."""

    augment: Augment
    mixup: float = 0.0
    averaged: float = 0.1


class Stepper:
    """A model with its training set, ready to take steps."""

    def __init__(self, model: Any, lessons: Lessons, methods: Methods, seed: int) -> None:
        tf = tensorflow()
        self._model = model
        self._logits = keras().Model(model.input, model.layers[-1].input)
        self._features = tf.constant(lessons.features)
        self._targets = tf.constant(lessons.targets)
        self._methods = methods
        self._seed = seed
        self._shapes = [tuple(v.shape) for v in model.trainable_variables]
        self._decayed = tf.constant(
            np.concatenate([np.full(np.prod(s), len(s) > 1, np.float32) for s in self._shapes])
        )
        self._run: Any = None
        self._infer = tf.function(self._probabilities, autograph=False)

    def start(self) -> State:
        """The state of the model's present weights, before any step."""
        tf = tensorflow()
        flat = tf.concat([tf.reshape(v.value, [-1]) for v in self._model.trainable_variables], 0)
        statistics = [tf.identity(v.value) for v in self._model.non_trainable_variables]
        zeros = tf.zeros_like(flat)
        return State(flat, zeros, zeros, tf.constant(0), statistics, flat, statistics)

    def advance(
        self, state: State, batches: NDArray[np.intp], rates: Sequence[float]
    ) -> tuple[State, float]:
        """The state after ``len(batches)`` steps, and their mean loss.

        ``batches`` (steps, batch) index the training windows, the same number in each
        call; ``rates`` are the learning rates of the steps.
        """
        tf = tensorflow()
        if self._run is None:
            self._run = self._traceable(state, batches.shape[1])
        after, loss = self._run(
            state, tf.constant(batches, tf.int32), tf.constant(rates, tf.float32)
        )
        return after, float(loss)

    def predict(self, state: State, features: NDArray[np.int8]) -> Scores:
        """Class probabilities (n, classes) of int8 ``features`` (n, *input shape)."""
        parts = []
        for start in range(0, len(features), PREDICT_BATCH):
            part = features[start : start + PREDICT_BATCH]
            missing = min(PREDICT_BATCH, len(features)) - len(part)
            padded = np.concatenate([part, features[:missing]])
            found = self._infer(*self._kept(state), padded).numpy()
            parts.append(found[: len(part)])
        return np.concatenate(parts).astype(np.float64)

    def weights(self, state: State) -> Weights:
        """The weights of ``state``, in the model's own order."""
        parameters, statistics = self._kept(state)
        for variable, value in zip(
            self._model.trainable_variables, self._unflattened(parameters), strict=True
        ):
            variable.assign(value)
        for variable, value in zip(self._model.non_trainable_variables, statistics, strict=True):
            variable.assign(value)
        return tuple(self._model.get_weights())

    def _kept(self, state: State) -> tuple[Any, list[Any]]:
        if self._methods.averaged:
            return state.average, state.average_statistics
        return state.parameters, state.statistics

    def _traceable(self, state: State, batch: int) -> Any:
        """``_many_steps`` as a graph for any number of steps, so that it is traced once."""
        tf = tensorflow()
        specs = tf.nest.map_structure(lambda value: tf.TensorSpec(value.shape, value.dtype), state)
        signature = (
            specs,
            tf.TensorSpec((None, batch), tf.int32),
            tf.TensorSpec((None,), tf.float32),
        )
        return tf.function(self._many_steps, input_signature=signature, autograph=False)

    def _unflattened(self, flat: Any) -> list[Any]:
        tf = tensorflow()
        parts = tf.split(flat, [int(np.prod(shape)) for shape in self._shapes])
        return [tf.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def _probabilities(self, parameters: Any, statistics: list[Any], features: Any) -> Any:
        scaled = tensorflow().cast(features, "float32") * INPUT_SCALE
        found, _ = self._model.stateless_call(
            self._unflattened(parameters), statistics, scaled, training=False
        )
        return found

    def _many_steps(self, state: State, batches: Any, rates: Any) -> tuple[State, Any]:
        tf = tensorflow()
        count = tf.shape(batches)[0]

        def body(step: Any, state: State, total: Any) -> tuple[Any, State, Any]:
            after, loss = self._one_step(state, batches[step], rates[step])
            return step + 1, after, total + loss

        _, state, total = tf.while_loop(
            lambda step, *_: step < count, body, (0, state, 0.0), parallel_iterations=1
        )
        return state, total / tf.cast(count, tf.float32)

    def _one_step(self, state: State, batch: Any, rate: Any) -> tuple[State, Any]:
        tf = tensorflow()
        seed = tf.stack([self._seed, state.steps * SEEDS_A_STEP])
        features = tf.cast(tf.gather(self._features, batch), tf.float32) * INPUT_SCALE
        features = self._methods.augment(features, seed)
        targets = tf.gather(self._targets, batch)
        if self._methods.mixup:
            features, targets = blended(features, targets, seed + 12, self._methods.mixup)
        with tf.GradientTape() as tape:
            tape.watch(state.parameters)
            logits, statistics = self._logits.stateless_call(
                self._unflattened(state.parameters), state.statistics, features, training=True
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


SEEDS_A_STEP = 16
"""Augmentations add up to thirteen to a step's seed, so steps lie sixteen apart."""
