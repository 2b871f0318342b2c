"""The front end as hyperparameters: the choices that search spaces share.

Each function asks ``hp`` for the parameters of one modality's features, within what the
task's recordings can give, so that no combination is impossible.
"""

from __future__ import annotations

from automl_edge.domain.candidate import HyperParameters, Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec

IMAGE_SIZES = (8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128)
LOW_HZ = 60
LEAST_FRAMES = 8
LEAST_ROWS = 8
_SQUARE_ENOUGH = 1.5
_LONGEST_ASPECT = 4.0


def choose_features(hp: HyperParameters, task: Task) -> FeatureSpec:
    """The front end for ``task``, its parameters asked from ``hp``."""
    if task.modality is Modality.IMAGE:
        return choose_image(hp, task)
    if task.modality is Modality.AUDIO:
        return choose_log_mel(hp, task)
    return choose_motion(hp, task)


def choose_image(
    hp: HyperParameters, task: Task, sizes: tuple[int, ...] = IMAGE_SIZES
) -> ImageSpec:
    """Size of the shorter side and colour; never larger than the photos themselves.

    ``sizes``, ascending, are those to choose from; the first may always be chosen.
    Photos up to 3:2 are cropped to a square. Longer ones keep their shape, up to 4:1,
    because a square would lose a third of them or more.
    """
    height, width = task.image_size
    short = max(min(height, width), sizes[0])
    size = hp.choice("image_size", tuple(side for side in sizes if side <= short))
    channels = 3 if task.colour and hp.boolean("colour") else 1
    aspect = width / height if height and width else 1.0
    if 1 / _SQUARE_ENOUGH <= aspect <= _SQUARE_ENOUGH:
        return ImageSpec(size, size, channels)
    aspect = min(max(aspect, 1 / _LONGEST_ASPECT), _LONGEST_ASPECT)
    if aspect > 1:
        return ImageSpec(size, round(size * aspect), channels)
    return ImageSpec(round(size / aspect), size, channels)


def choose_log_mel(hp: HyperParameters, task: Task) -> LogMelSpec:
    """Rate, hop, window and mel bins; recordings of 2 s and more may be cut in half.

    The window never falls below the hop, and the clip never below LEAST_FRAMES frames.
    """
    rate = hp.choice("rate", (8000, 16000)) if task.rate_hz >= 16000 else 8000
    long = task.seconds >= 2
    part = hp.choice("clip", (0.5, 1.0)) if long else 1.0
    hop_ms = hp.choice("hop_ms", (64, 50, 40, 32, 20) if long else (40, 32, 25, 20, 16, 10))
    window_ms = hp.choice("window_ms", (25, 32, 40, 64))
    hop = rate * hop_ms // 1000
    window = max(rate * window_ms // 1000, hop)
    return LogMelSpec(
        rate=rate,
        clip=max(round(task.seconds * part * rate), window + (LEAST_FRAMES - 1) * hop),
        window=window,
        hop=hop,
        mel_bins=hp.choice("mel_bins", (10, 16, 20, 26, 32, 40)),
        low_hz=LOW_HZ,
        high_hz=rate * 19 // 40,  # a little below half the rate, where resampling has cut off
    )


def choose_motion(hp: HyperParameters, task: Task) -> MotionSpec:
    """Rate (the recordings' own, a half or a quarter) and length of the window."""
    slower = tuple(by for by in (4, 2, 1) if by == 1 or task.rate_hz / by >= 10)
    rate_hz = task.rate_hz / hp.choice("slower", slower)
    part = hp.choice("window", (0.25, 0.5, 1.0))
    return MotionSpec(
        rate_hz=rate_hz,
        window=max(round(task.seconds * part * rate_hz), LEAST_ROWS),
        offset=task.motion_offset,
        multiplier=task.motion_multiplier,
    )
