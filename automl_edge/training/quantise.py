"""A trained network as the int8 model that loses the least, by the cheapest means that do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.quantisation import Quantisation
from automl_edge.training.calibrate import Range
from automl_edge.training.convert import to_int8_tflite
from automl_edge.training.data import TrainingData
from automl_edge.training.equalise import equalised
from automl_edge.training.keras_builder import keras_model
from automl_edge.training.qat import train_rounding
from automl_edge.training.stepper import Weights
from automl_edge.training.train import Settings, Trained

ALLOWED_LOSS = 0.005
"""Of accuracy, that int8 may cost before more is tried."""

Score = Callable[[bytes], float]
"""Validation accuracy per recording of an int8 ``.tflite``."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """The int8 ``.tflite``, its score, how it was made, and seconds trained for it."""

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

    PTQ first; while int8 scores more than ALLOWED_LOSS below the float network,
    equalisation, then quantisation-aware training as ``training`` says (None: not at
    all). Of equal scores the earlier method's model is kept.
    """
    architecture, representative = trained.architecture, data.representative

    def converted(
        method: Quantisation, weights: Weights, ranges: Sequence[Range | None] = ()
    ) -> Quantised:
        model = keras_model(architecture)
        model.set_weights(list(weights))
        content = to_int8_tflite(model, representative, ranges)
        return Quantised(content, score(content), method)

    def loses(found: Quantised) -> bool:
        return trained.accuracy - found.score > ALLOWED_LOSS

    best = converted(Quantisation.PTQ, trained.weights)
    if not loses(best):
        return best
    even = equalised(architecture, trained.weights, representative)
    best = _better(best, converted(Quantisation.EQUALISED, even))
    if training is None or not loses(best):
        return best
    rounded = train_rounding(architecture, even, features, data, training)
    best = _better(best, converted(Quantisation.QAT, rounded.weights, rounded.ranges))
    return replace(best, seconds=rounded.seconds)


def _better(one: Quantised, other: Quantised) -> Quantised:
    return max(one, other, key=lambda found: found.score)
