"""How the two competitors train: every field of the package's settings is pinned here, so that no
later change of their defaults moves what the search is compared with. (What the training has in
constants, warm-up, decay and the usual amounts of augmentation, is the package's.)

Adam with a warm-up and a cosine fall, smoothed labels, class weights, the weights of the best
validation. Of the augmentation what anyone would take: moved, louder or softer and masked (sound),
moved, mirrored, brightness and contrast (photos), moved, scaled and noise (motion); nothing is
stretched, turned, mixed with background or blended.
"""

from __future__ import annotations

from searching.pretrained import start_of

from automl_edge.domain.candidate import Design
from automl_edge.domain.features import ImageSpec
from automl_edge.training import Augmentation, Settings, Trained, TrainingData, train
from automl_edge.training.train import OnProgress, ignore_progress

EPOCHS = 1_000_000
"""Never reached: the seconds are the limit."""

LEARNING_RATE = 8e-3
FINE_TUNING_RATE = 4e-3
"""From pretrained weights."""

BATCH = 32
PHOTOS_A_STEP = 64
"""With 32, as `fit` has them, the expert's networks for photos were worse; README.md says by how
much."""


def train_plainly(
    design: Design,
    data: TrainingData,
    seconds: float,
    seed: int,
    on_progress: OnProgress = ignore_progress,
) -> Trained:
    """``design`` trained on ``data`` for ``seconds`` at most, from pretrained weights if it
    names some."""
    start = start_of(design, seed)
    settings = plain_settings(design, seconds, seed)
    return train(design.architecture, design.features, data, settings, start, on_progress)


def plain_settings(design: Design, seconds: float, seed: int) -> Settings:
    """The settings of a training of ``seconds`` at most."""
    photos = isinstance(design.features, ImageSpec)
    return Settings(
        epochs=EPOCHS,
        seconds=seconds,
        seed=seed,
        learning_rate=LEARNING_RATE if design.pretrained is None else FINE_TUNING_RATE,
        augmentation=Augmentation(
            strength=1.0,
            mirror=photos,
            flip=False,
            warp=0.0,
            shift=1.0,
            level=1.0,
            mask=1.0,
            noise=0.0,
            mixup=0.0,
        ),
        falls_to=0.0,
        averaged=0.0,
        smoothing=0.1,
        weighted=True,
        batch=PHOTOS_A_STEP if photos else BATCH,
    )
