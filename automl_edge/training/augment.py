"""Small changes to features that leave the class as it is, one function a modality.

They run inside the training graph on float batches (windows, height, width, channels) in
[-1, 1), each window drawing its own change, and are deterministic in their seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec
from automl_edge.training._tensorflow import tensorflow

Augment = Callable[[Any, Any], Any]
"""(batch, seed of shape (2,) int32) -> batch of the same shape."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How much to change: 0 nothing, 1 the usual amount. ``mirror`` allows left-right flips.

    Mirroring helps with photos of things and spoils digits and arrows, so it is a choice.
    """

    strength: float = 1.0
    mirror: bool = False


def augment(features: FeatureSpec, how: Augmentation) -> Augment:
    """The augmentation that suits ``features``."""
    if how.strength == 0:
        return _unchanged
    if isinstance(features, ImageSpec):
        return lambda batch, seed: _image(batch, seed, how)
    if isinstance(features, LogMelSpec):
        return lambda batch, seed: _log_mel(batch, seed, how.strength)
    return lambda batch, seed: _motion(batch, seed, how.strength)


def _unchanged(batch: Any, seed: Any) -> Any:
    del seed
    return batch


def _image(batch: Any, seed: Any, how: Augmentation) -> Any:
    """Moved by up to a tenth, brightness by up to 0.15, contrast by up to a fifth."""
    _, height, width, _ = batch.shape
    batch = _moved(batch, seed, 1, 0.1 * how.strength * height)
    batch = _moved(batch, seed + 1, 2, 0.1 * how.strength * width)
    if how.mirror:
        tf = tensorflow()
        batch = tf.where(_uniform(batch, seed + 2, 0.0, 1.0) < 0.5, batch[:, :, ::-1], batch)
    contrast = _uniform(batch, seed + 3, 1 - 0.2 * how.strength, 1 + 0.2 * how.strength)
    brightness = _uniform(batch, seed + 4, -0.15 * how.strength, 0.15 * how.strength)
    return _clipped(batch * contrast + brightness)


def _log_mel(batch: Any, seed: Any, strength: float) -> Any:
    """Moved in time by up to a tenth, gain, one masked stretch of frames and one of bands.

    A gain of the waveform adds a constant to a log spectrum. The masks are those of Park
    et al., "SpecAugment" (2019), at up to a tenth of the frames and an eighth of the bands.
    """
    _, frames, bands, _ = batch.shape
    batch = _moved(batch, seed, 1, 0.1 * strength * frames)
    batch = _clipped(batch + _uniform(batch, seed + 1, -0.08 * strength, 0.08 * strength))
    batch = _masked(batch, seed + 2, 1, 0.1 * strength * frames)
    return _masked(batch, seed + 4, 2, 0.125 * strength * bands)


def _motion(batch: Any, seed: Any, strength: float) -> Any:
    """Moved in time by up to a tenth, scaled by up to 15 %, axes mixed a little, noise.

    Mixing each axis into its neighbours by up to 0.1 is a small turn of the sensor.
    """
    tf = tensorflow()
    count, rows, _, axes = batch.shape
    batch = _moved(batch, seed, 1, 0.1 * strength * rows)
    batch = batch * _uniform(batch, seed + 1, 1 - 0.15 * strength, 1 + 0.15 * strength)
    turn = tf.random.stateless_uniform((count, 1, axes, axes), seed + 2, -0.1, 0.1) * strength
    turn = tf.eye(axes) + turn - tf.linalg.matrix_transpose(turn)
    noise = tf.random.stateless_normal(batch.shape, seed + 3, stddev=0.02 * strength)
    return _clipped(tf.matmul(batch, turn) + noise)


def _moved(batch: Any, seed: Any, axis: int, most: float) -> Any:
    """Shifted along ``axis`` by up to ``most``, its edge repeated."""
    tf = tensorflow()
    size = batch.shape[axis]
    steps = int(most)
    shift = tf.random.stateless_uniform((batch.shape[0], 1), seed, -steps, steps + 1, tf.int32)
    source = tf.clip_by_value(tf.range(size)[tf.newaxis] + shift, 0, size - 1)
    return tf.gather(batch, source, axis=axis, batch_dims=1)


def _masked(batch: Any, seed: Any, axis: int, most: float) -> Any:
    """A stretch along ``axis``, of up to ``most`` positions, set to the window's mean."""
    tf = tensorflow()
    size = batch.shape[axis]
    shape = (batch.shape[0], 1, 1, 1)
    width = tf.random.stateless_uniform(shape, seed, 0, int(most) + 1, tf.int32)
    start = tf.random.stateless_uniform(shape, seed + 1, 0, size, tf.int32)
    positions = tf.reshape(tf.range(size), [size if i == axis else 1 for i in range(4)])
    inside = tf.logical_and(positions >= start, positions < start + width)
    return tf.where(inside, tf.reduce_mean(batch, (1, 2, 3), keepdims=True), batch)


def _uniform(batch: Any, seed: Any, low: float, high: float) -> Any:
    """One number a window, shape (windows, 1, 1, 1)."""
    return tensorflow().random.stateless_uniform((batch.shape[0], 1, 1, 1), seed, low, high)


def _clipped(batch: Any) -> Any:
    return tensorflow().clip_by_value(batch, -1.0, 127 / 128)
