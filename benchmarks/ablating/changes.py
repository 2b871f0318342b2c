"""The changes whose worth is measured: each takes the training of ``fit`` and alters one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from automl_edge.domain.candidate import Design
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import ImageSpec
from automl_edge.search.trials import PRETRAINED_RATE
from automl_edge.training import (
    Augmentation,
    Settings,
    Trained,
    TrainingData,
    corrected_tflite,
    to_int8_tflite,
    usual_augmentation,
)
from automl_edge.training.augment import MIXUP

Alter = Callable[[Settings], Settings]
Show = Callable[[TrainingData], TrainingData]
Convert = Callable[[Trained, TrainingData], bytes]


def _as_it_is(data: TrainingData) -> TrainingData:
    return data


def _same(settings: Settings) -> Settings:
    return settings


def _biases_left(trained: Trained, data: TrainingData) -> bytes:
    return to_int8_tflite(trained.model(), data.representative)


@dataclass(frozen=True, slots=True)
class Change:
    """``told`` in the table; what becomes of the settings, of the data and of the way to int8.

    With ``wider`` a wider network is trained first and pruned; ``taught``: a larger one is trained
    first and gives soft labels. ``of`` are the modalities whose training it changes.
    """

    told: str
    alter: Alter = _same
    data: Show = _as_it_is
    pretrained: bool = True
    convert: Convert = corrected_tflite
    wider: float = 1.0
    taught: bool = False
    of: tuple[Modality, ...] = tuple(Modality)

    def settings(self, settings: Settings, design: Design) -> Settings:
        """``settings`` for ``design``, altered. Photos are mirrored, left-right and upside down."""
        features, rate = design.features, settings.learning_rate
        if design.pretrained is not None and self.pretrained:
            rate *= PRETRAINED_RATE
        photos = isinstance(features, ImageSpec)
        usual = replace(usual_augmentation(features, long=True), mirror=photos, flip=photos)
        return self.alter(replace(settings, augmentation=usual, learning_rate=rate))


def _augmented(change: Callable[[Augmentation], Augmentation]) -> Alter:
    return lambda settings: replace(settings, augmentation=change(settings.augmentation))


CHANGES = {
    "as fit trains": Change("as `fit` trains"),
    "no augmentation": Change(
        "without any augmentation", _augmented(lambda a: replace(a, strength=0.0, mixup=0.0))
    ),
    "other warp": Change(
        "without stretching (sound, motion) and turning (motion); zooming, tinting (photos)",
        _augmented(lambda a: replace(a, warp=1.0 - a.warp)),
    ),
    "not moved": Change("without moving", _augmented(lambda a: replace(a, shift=0.0))),
    "same level": Change(
        "without gain (sound), brightness and contrast (photos), scaling and noise (motion)",
        _augmented(lambda a: replace(a, level=0.0)),
    ),
    "not masked": Change(
        "without masks (sound)",
        _augmented(lambda a: replace(a, mask=0.0)),
        of=(Modality.AUDIO,),
    ),
    "upright": Change(
        "mirrored, but not upside down (photos)",
        _augmented(lambda a: replace(a, flip=False)),
        of=(Modality.IMAGE,),
    ),
    "no noise": Change(
        "without background mixed in (sound)",
        _augmented(lambda a: replace(a, noise=0.0)),
        of=(Modality.AUDIO,),
    ),
    "stronger": Change(
        "augmentation half as strong again", _augmented(lambda a: replace(a, strength=1.5))
    ),
    "other mixup": Change(
        "without blending windows (sound); half of them blended (photos, motion)",
        _augmented(lambda a: replace(a, mixup=MIXUP - a.mixup)),
    ),
    "not averaged": Change("without averaged weights", lambda s: replace(s, averaged=0.0)),
    "long average": Change(
        "the rate falls to a tenth, a third of the steps averaged",
        lambda s: replace(s, averaged=0.3, falls_to=0.1),
    ),
    "not smoothed": Change("without label smoothing", lambda s: replace(s, smoothing=0.0)),
    "not weighted": Change("without class weights", lambda s: replace(s, weighted=False)),
    "from scratch": Change("from scratch (photos)", pretrained=False, of=(Modality.IMAGE,)),
    "biases left": Change("to int8 without correcting biases", convert=_biases_left),
    "pruned": Change(
        "a network half as wide again for the first half of the epochs, then pruned; of "
        "pretrained weights no wider ones are at hand",
        wider=1.5,
        of=(Modality.AUDIO, Modality.MOTION),
    ),
    "distilled": Change("soft labels of a larger network, trained first for as long", taught=True),
    "all data": Change("on training and validation part", data=TrainingData.with_validation),
}
