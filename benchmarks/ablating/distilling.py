"""A network that is also taught by a larger one, trained first and for as long.

Soft labels after Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network" (2015),
given for the very windows that the student sees, augmented as they are (Beyer et al.,
"Knowledge distillation: A good teacher is patient and consistent", 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from automl_edge.domain.candidate import Design
from automl_edge.training import Settings, Trained, TrainingData, Weights, keras_model, train
from automl_edge.training._tensorflow import tensorflow
from automl_edge.training.graph import Graph, Lessons, Methods
from automl_edge.training.train import Learner, fit

TAUGHT = 0.5
"""The share of the teacher's answers in what is to be learnt; the rest are the labels."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A design, and the weights that it starts from if it is pretrained."""

    design: Design
    start: Weights | None


def distilled(student: Begun, teacher: Begun, data: TrainingData, settings: Settings) -> Trained:
    """``student`` trained with the answers of ``teacher``, which is trained first.

    Both have the same front end.
    """
    taught, design = student.design.architecture, student.design
    larger = teacher.design.architecture
    answering = train(larger, design.features, data, settings, teacher.start).model()
    model = keras_model(taught, settings.seed)
    if student.start is not None:
        model.set_weights(list(student.start))
    learner = Learner(model, lambda methods: Taught(keras_model(taught), methods, answering))
    return Trained(taught, *fit(learner, design.features, data, settings, None))


class Taught(Graph):
    """A graph in which what is to be answered is partly what ``teacher`` answers."""

    def __init__(self, model: Any, methods: Methods, teacher: Any) -> None:
        super().__init__(model, methods)
        self._teacher = teacher

    def shown(self, batch: Lessons, seed: Any) -> tuple[Any, Any]:
        """As ever, with soft labels; a window keeps its weight in the loss."""
        features, targets = super().shown(batch, seed)
        weight = tensorflow().reduce_sum(targets, axis=1, keepdims=True)
        told = weight * self._teacher(features, training=False)
        return features, (1 - TAUGHT) * targets + TAUGHT * told
