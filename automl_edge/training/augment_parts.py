"""What augmentations are made of: TensorFlow expressions over (windows, height, width, channels).

``seed`` is (2,) int32; adding to it gives another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_edge.domain.features import MotionSpec
from automl_edge.training._tensorflow import tensorflow

STEPS = 128
"""Steps of int8 features to 1."""

STEPS_A_DECIBEL = 8 / (10 * np.log10(2.0))
"""Log-mel features have eight steps for a doubling of power (``features/tables.py``)."""


def uniform(batch: Any, seed: Any, low: float, high: float) -> Any:
    """One number a window, shape (windows, 1, 1, 1)."""
    return tensorflow().random.stateless_uniform((batch.shape[0], 1, 1, 1), seed, low, high)


def clipped(batch: Any) -> Any:
    """What int8 features could hold."""
    return tensorflow().clip_by_value(batch, -1.0, 127 / 128)


def warped(batch: Any, seed: Any, axis: int, scale: Any, most: float) -> Any:
    """Read along ``axis`` at another pace and from another place, its edge repeated.

    ``scale`` (windows, 1, 1, 1): above 1 more of the axis is seen in the same size, below 0 it
    is read backwards. It is moved by up to ``most`` of its length. Between two places values
    are interpolated.
    """
    tf = tensorflow()
    count, size = batch.shape[0], batch.shape[axis]
    if size == 1:
        return batch
    middle = (size - 1) / 2
    shift = tf.random.stateless_uniform((count, 1), seed, -most * size, most * size)
    places = (tf.range(size, dtype=tf.float32) - middle)[tf.newaxis]
    places = places * tf.reshape(scale, (count, 1)) + middle + shift
    places = tf.clip_by_value(places, 0.0, size - 1.0)
    below = tf.cast(tf.floor(places), tf.int32)
    above = tf.minimum(below + 1, size - 1)
    shape = [count, 1, 1, 1]
    shape[axis] = size
    part = tf.reshape(places - tf.cast(below, tf.float32), shape)
    first = tf.gather(batch, below, axis=axis, batch_dims=1)
    second = tf.gather(batch, above, axis=axis, batch_dims=1)
    return first + (second - first) * part


def masked(batch: Any, seed: Any, axis: int, most: float) -> Any:
    """A stretch along ``axis``, of up to ``most`` positions, set to the window's mean."""
    tf = tensorflow()
    size = batch.shape[axis]
    shape = (batch.shape[0], 1, 1, 1)
    width = tf.random.stateless_uniform(shape, seed, 0, int(most) + 1, tf.int32)
    start = tf.random.stateless_uniform(shape, seed + 1, 0, size, tf.int32)
    positions = tf.reshape(tf.range(size), [size if i == axis else 1 for i in range(4)])
    inside = tf.logical_and(positions >= start, positions < start + width)
    return tf.where(inside, tf.reduce_mean(batch, (1, 2, 3), keepdims=True), batch)


def blended(batch: Any, targets: Any, seed: Any, share: float) -> tuple[Any, Any]:
    """A ``share`` of the windows with up to a half of their neighbour in the batch blended in,
    and of their targets (windows, classes) as much.

    Zhang et al., "mixup: Beyond Empirical Risk Minimization" (2018); the part is uniform here.
    """
    tf = tensorflow()
    part = uniform(batch, seed, 0.0, 0.5)
    part = tf.where(uniform(batch, seed + 1, 0.0, 1.0) < share, part, 0.0)
    mixed = batch + (tf.roll(batch, 1, 0) - batch) * part
    flat = tf.reshape(part, (batch.shape[0], 1))
    return mixed, targets + (tf.roll(targets, 1, 0) - targets) * flat


def sum_of_powers(batch: Any, other: Any, gain: Any) -> Any:
    """Log-mel features of two sounds heard at once, ``other`` changed by ``gain`` dB.

    Powers add where the sounds are not correlated, which noise and speech are not.
    """
    tf = tensorflow()
    octave = STEPS / 8 * np.log(2.0)
    louder = other + gain * STEPS_A_DECIBEL / STEPS
    total = tf.math.reduce_logsumexp(tf.stack([batch, louder]) * octave, axis=0)
    return clipped(total / octave)


def turned(batch: Any, seed: Any, spec: MotionSpec, most: float) -> Any:
    """Each group of three axes as a sensor that is turned by up to ``most`` radians would
    give it, all groups alike; gravity turns along. Rodrigues' formula, any axis of rotation.

    Other numbers of axes are left as they are.
    """
    tf = tensorflow()
    if spec.axes % 3:
        return batch
    count = batch.shape[0]
    axis = tf.random.stateless_normal((count, 3), seed)
    axis = axis / (tf.norm(axis, axis=1, keepdims=True) + 1e-9)
    angle = tf.random.stateless_uniform((count, 1, 1), seed + 1, -most, most)
    zero = tf.zeros((count,))
    x, y, z = tf.unstack(axis, axis=1)
    cross = tf.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1)
    cross = tf.reshape(cross, (count, 3, 3))
    turn = tf.eye(3) + tf.sin(angle) * cross + (1 - tf.cos(angle)) * (cross @ cross)
    step = np.array([2.0**16 / max(m, 1) for m in spec.multiplier], np.float32)
    offset = np.array(spec.offset, np.float32)
    seen = np.array([m > 0 for m in spec.multiplier], np.float32)
    counts = batch * (STEPS * step) + offset
    groups = tf.reshape(counts, (count, spec.window, -1, 3))
    groups = tf.einsum("wtga,wba->wtgb", groups, turn)
    counts = tf.reshape(groups, batch.shape)
    return (counts - offset) / (STEPS * step) * seen
