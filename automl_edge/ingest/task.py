"""What the search needs to know about a dataset, and no more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Dataset, Modality, Part, Sample
from automl_edge.errors import DataError
from automl_edge.ingest.image import is_grey, read_image
from automl_edge.ingest.motion import MIN_ROWS
from automl_edge.ingest.signals import load_signal

LONGEST_CLIP = 2.0
LONGEST_WINDOW = 8.0
"""Seconds of one classification at most; longer recordings are heard in windows."""

HIGHEST_RATE = 16_000.0
_SHORTEST_CLIP = 0.2
_NEARLY_ALL = 0.95
_CLIP_STEP = 0.1
_MOTION_RANGE = (0.1, 99.9)
_INT8 = 127
_FRACTION_BITS = 16
_LEAST_HALF = 1.0
"""Counts: an axis that moves by less is left small, which keeps multipliers below 2^23."""

_SAMPLED_VALUES = 2_000_000


def make_task(dataset: Dataset) -> Task:
    """The task that search spaces are asked to solve.

    Lengths and sizes are taken from all samples, motion offsets and multipliers from the
    training part alone. The rate is that of the recordings, for sound at most 16 kHz.
    """
    classes = len(dataset.classes)
    if dataset.modality is Modality.IMAGE:
        sizes = np.array([sample.size for sample in dataset.samples])
        height, width = np.median(sizes, axis=0).round().astype(int)
        return Task(
            modality=Modality.IMAGE,
            classes=classes,
            image_size=(int(height), int(width)),
            colour=_any_colour(dataset),
        )
    if dataset.modality is Modality.AUDIO:
        return Task(
            modality=Modality.AUDIO,
            classes=classes,
            seconds=clip_seconds([sample.seconds for sample in dataset.samples]),
            rate_hz=min(HIGHEST_RATE, _usual_rate(dataset.samples)),
        )
    if dataset.motion is None:
        raise DataError("the motion format is not known", "Read the dataset with read_dataset.")
    offset, multiplier = motion_scaling(_training_counts(dataset))
    rate = dataset.motion.rate_hz
    return Task(
        modality=Modality.MOTION,
        classes=classes,
        seconds=window_seconds([sample.seconds for sample in dataset.samples], rate),
        rate_hz=rate,
        motion_offset=offset,
        motion_multiplier=multiplier,
    )


def clip_seconds(lengths: Sequence[float]) -> float:
    """The length that covers 95 % of recordings wholly, in steps of 0.1 s, 0.2 to 2 s."""
    covering = float(np.quantile(lengths, _NEARLY_ALL))
    steps = np.ceil(covering / _CLIP_STEP - 0.05)
    return float(np.clip(round(steps * _CLIP_STEP, 1), _SHORTEST_CLIP, LONGEST_CLIP))


def window_seconds(lengths: Sequence[float], rate_hz: float) -> float:
    """The longest window, in whole rows, that 95 % of recordings can fill; at most 8 s."""
    filled = float(np.quantile(lengths, 1 - _NEARLY_ALL))
    rows = int(min(filled, LONGEST_WINDOW) * rate_hz + 1e-6)
    return max(rows, MIN_ROWS) / rate_hz


def motion_scaling(counts: NDArray[np.int16]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Offset and 16-bit-fraction multiplier an axis, so that int8 uses the axis's range.

    ``counts`` is (rows, axes). The range is the 0.1 to the 99.9 percentile; its middle
    becomes 0 and its ends -127 and 127 (see MotionSpec). An axis that never changes gets
    the multiplier 0: it tells nothing.
    """
    low, high = np.percentile(counts.astype(np.float64), _MOTION_RANGE, axis=0)
    offset = np.rint((low + high) / 2).astype(int)
    half = (high - low) / 2
    scale = np.where(half > 0, _INT8 * 2**_FRACTION_BITS / np.maximum(half, _LEAST_HALF), 0)
    return tuple(int(o) for o in offset), tuple(int(m) for m in np.rint(scale))


def _any_colour(dataset: Dataset) -> bool:
    """True as soon as one training photo is not grey."""
    photos = (read_image(dataset.root / sample.path) for sample in dataset.part(Part.TRAIN))
    return any(not is_grey(photo) for photo in photos)


def _usual_rate(samples: Sequence[Sample]) -> float:
    """The rate that nine in ten recordings have or exceed, Hz."""
    rates = [sample.size[0] / sample.seconds for sample in samples]
    return float(round(np.quantile(rates, 0.1, method="lower")))


def _training_counts(dataset: Dataset) -> NDArray[np.int16]:
    """Rows of the training part, every so many of them where there are millions."""
    training = dataset.part(Part.TRAIN)
    rows = sum(sample.size[0] for sample in training)
    step = max(1, rows // _SAMPLED_VALUES)
    rate = dataset.motion.rate_hz if dataset.motion else 0.0
    return np.concatenate([load_signal(dataset, sample, rate)[::step] for sample in training])
