"""How the two competitors train: every setting pinned here, so that no later change of the
package's defaults moves what the search is compared with.

Adam with a warm-up and a cosine fall, smoothed labels, the usual augmentation (photos mirrored,
as anyone would with photos of things), the weights of the best validation.
"""

from __future__ import annotations

from automl_edge.domain.candidate import Design
from automl_edge.domain.features import FeatureSpec, ImageSpec
from automl_edge.training import Augmentation, Settings, Trained, TrainingData, train
from automl_edge.training.train import OnProgress, ignore_progress

EPOCHS = 1000
LEARNING_RATE = 8e-3


def train_plainly(
    design: Design,
    data: TrainingData,
    seconds: float,
    seed: int,
    on_progress: OnProgress = ignore_progress,
) -> Trained:
    """``design`` trained on ``data`` from scratch, for ``seconds`` at most."""
    settings = plain_settings(design.features, seconds, seed)
    return train(design.architecture, design.features, data, settings, on_progress=on_progress)


def plain_settings(features: FeatureSpec, seconds: float, seed: int) -> Settings:
    """The settings of a training of ``seconds`` at most."""
    return Settings(
        epochs=EPOCHS,
        seconds=seconds,
        seed=seed,
        learning_rate=LEARNING_RATE,
        augmentation=Augmentation(strength=1.0, mirror=isinstance(features, ImageSpec)),
    )
