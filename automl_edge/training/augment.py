"""Small changes to features that leave the class as it is, one function a modality.

They run inside the training graph on float batches (windows, height, width, channels) in
[-1, 1), each window drawing its own change, and are deterministic in their seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.training._tensorflow import tensorflow
from automl_edge.training.augment_parts import (
    clipped,
    masked,
    sum_of_powers,
    turned,
    uniform,
    warped,
)

LOUDEST_NOISE, FAINTEST_NOISE = 0.0, -20.0
"""Gain in dB of a background recording that is mixed into another."""

MIXUP = 0.5
"""Share of the windows that another one is blended into, where that is done."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How much to change: with a ``strength`` of 0 a window stays as it is, 1 is the usual amount.

    On top of ``strength``, ``warp`` is that of zooming, tinting, stretching, turning and moved
    bands, ``shift`` of other moving, ``level`` of gain, brightness, contrast, scale and a motion's
    noise, ``mask`` of masks. ``noise`` is the share of sounds that background is mixed into.
    ``mirror`` allows left-right flips, ``flip`` upside-down ones: they help with photos of things
    and spoil digits and arrows. ``mixup`` is the share of windows that another one is blended
    into, label and all, whatever the ``strength``.
    """

    strength: float = 1.0
    mirror: bool = False
    flip: bool = False
    warp: float = 1.0
    shift: float = 1.0
    level: float = 1.0
    mask: float = 1.0
    noise: float = 0.5
    mixup: float = 0.0


def usual_augmentation(
    features: FeatureSpec, strength: float = 1.0, long: bool = False
) -> Augmentation:
    """The augmentation that networks are trained with; a ``long`` training sees many epochs. No
    photo is mirrored.

    Photos are not warped, and sounds are blended in long trainings only: docs/training.md has
    the figures.
    """
    warp = 0.0 if isinstance(features, ImageSpec) else 1.0
    mixup = MIXUP if long and isinstance(features, LogMelSpec) else 0.0
    return Augmentation(strength, warp=warp, mixup=mixup)


def augmented(
    batch: Any, seed: Any, features: FeatureSpec, how: Augmentation, background: Any = None
) -> Any:
    """``batch`` of ``features``, changed as suits them; ``seed`` is (2,) int32.

    ``background`` (n, frames, mel bins, 1), int8, are features of recordings that hold nothing
    but background, if there are any.
    """
    if how.strength == 0:
        return batch
    if isinstance(features, ImageSpec):
        return _image(batch, seed, how)
    if isinstance(features, MotionSpec):
        return _motion(batch, seed, features, how)
    if background is not None and how.noise > 0:
        batch = _noisy(batch, seed + 9, background, how)
    return _log_mel(batch, seed, how)


def _image(batch: Any, seed: Any, how: Augmentation) -> Any:
    """Moved by up to a tenth, brightness by up to 0.15, contrast by up to a fifth.

    Where it is warped, zoomed by up to a tenth and each side by a twentieth of its own, each
    colour by up to a twentieth.
    """
    tf = tensorflow()
    amount, level = how.strength * how.warp, how.strength * how.level
    zoom = uniform(batch, seed + 5, -0.1 * amount, 0.1 * amount)
    for axis, turns, draw in ((1, how.flip, 9), (2, how.mirror, 0)):
        own = uniform(batch, seed + 5 + axis, -0.05 * amount, 0.05 * amount)
        scale = 1 + zoom + own
        if turns:
            scale = tf.where(uniform(batch, seed + draw, 0.0, 1.0) < 0.5, -scale, scale)
        batch = warped(batch, seed + axis, axis, scale, 0.1 * how.strength * how.shift)
    contrast = uniform(batch, seed + 3, 1 - 0.2 * level, 1 + 0.2 * level)
    brightness = uniform(batch, seed + 4, -0.15 * level, 0.15 * level)
    shape = (batch.shape[0], 1, 1, batch.shape[3])
    tint = tf.random.stateless_uniform(shape, seed + 8, -0.05 * amount, 0.05 * amount)
    return clipped(batch * (contrast + tint) + brightness)


def _noisy(batch: Any, seed: Any, recordings: Any, how: Augmentation) -> Any:
    """Background mixed into a share of the batch, at 0 to -20 dB."""
    tf = tensorflow()
    count = batch.shape[0]
    which = tf.random.stateless_uniform((count,), seed, 0, tf.shape(recordings)[0], tf.int32)
    noise = tf.cast(tf.gather(recordings, which), tf.float32) / 128
    gain = uniform(batch, seed + 1, FAINTEST_NOISE, LOUDEST_NOISE)
    mixed = sum_of_powers(batch, noise, gain)
    return tf.where(uniform(batch, seed + 2, 0.0, 1.0) < how.noise, mixed, batch)


def _log_mel(batch: Any, seed: Any, how: Augmentation) -> Any:
    """Moved by up to a tenth of the clip and a twenty-fifth of the bands, stretched in time by up
    to 15 % and in pitch by up to 8 %, gain, one masked stretch of frames and one of bands.

    A gain of the waveform adds a constant to a log spectrum. Moving and stretching bands is
    another voice: Jaitly and Hinton, "Vocal Tract Length Perturbation" (2013). The masks are
    those of Park et al., "SpecAugment" (2019), at up to a tenth of the frames and an eighth
    of the bands.
    """
    _, frames, bands, _ = batch.shape
    amount, level = how.strength * how.warp, how.strength * how.level
    mask = how.strength * how.mask
    stretch = uniform(batch, seed + 6, 1 - 0.15 * amount, 1 + 0.15 * amount)
    batch = warped(batch, seed, 1, stretch, 0.1 * how.strength * how.shift)
    pitch = uniform(batch, seed + 7, 1 - 0.08 * amount, 1 + 0.08 * amount)
    batch = warped(batch, seed + 8, 2, pitch, 0.04 * amount)
    batch = clipped(batch + uniform(batch, seed + 1, -0.08 * level, 0.08 * level))
    batch = masked(batch, seed + 2, 1, 0.1 * mask * frames)
    return masked(batch, seed + 4, 2, 0.125 * mask * bands)


def _motion(batch: Any, seed: Any, spec: MotionSpec, how: Augmentation) -> Any:
    """Moved in time by up to a tenth, faster or slower by up to a fifth, scaled by up to
    15 %, the sensor turned by up to 15 degrees, noise."""
    tf = tensorflow()
    amount, level = how.strength * how.warp, how.strength * how.level
    speed = uniform(batch, seed + 4, 1 - 0.2 * amount, 1 + 0.2 * amount)
    batch = warped(batch, seed, 1, speed, 0.1 * how.strength * how.shift)
    if amount:
        batch = turned(batch, seed + 5, spec, amount * np.pi / 12)
    scale = uniform(batch, seed + 1, 1 - 0.15 * level, 1 + 0.15 * level)
    noise = tf.random.stateless_normal(batch.shape, seed + 3, stddev=0.02 * level)
    return clipped(batch * scale + noise)
