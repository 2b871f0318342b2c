"""How long and how to train."""

from __future__ import annotations

from dataclasses import dataclass, field

from automl_edge.training.augment import Augmentation


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how to train. ``seconds`` None is no limit of time.

    With a limit of seconds the learning rate falls with whichever limit is nearer, so
    that a training which runs out of time has still come down; without one, the same
    seed gives the same weights on the same machine. They run from the first steps on: before
    those comes TensorFlow's tracing of the graph. ``falls_to`` is the share of the rate that is
    left in the end. The average over the last ``averaged`` share of the steps is kept;
    ``smoothing`` is that of the labels, and ``weighted`` gives rare classes more weight. A step
    sees ``batch`` windows, or as many as suit their number unless that is given.
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
    batch: int | None = None
