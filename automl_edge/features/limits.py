"""What the C front ends can do, checked before anything is built from a spec."""

from __future__ import annotations

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.errors import TargetError
from automl_edge.features.mel import band_ranges

WINDOW_SAMPLES = (32, 2048)
IMAGE_SIDE = (1, 1024)
FRAME_SIDE = (1, 32767)
ROWS = (1, 65535)
MEL_BINS = (1, 255)
MOTION_MULTIPLIER = (0, (1 << 23) - 1)
MOTION_OFFSET = (-32768, 32767)

_HINT = "A search space chose it; change its choices of features."


def check_spec(spec: FeatureSpec) -> None:
    """Raise TargetError if the C front ends cannot compute ``spec``."""
    match spec:
        case ImageSpec():
            _check_image(spec)
        case LogMelSpec():
            _check_logmel(spec)
        case MotionSpec():
            _check_motion(spec)


def _check_image(spec: ImageSpec) -> None:
    _check_range("image height", spec.height, IMAGE_SIDE)
    _check_range("image width", spec.width, IMAGE_SIDE)
    if spec.channels not in (1, 3):
        raise TargetError(f"image features have 1 or 3 channels, not {spec.channels}", _HINT)
    if spec.resize not in ("area", "bilinear"):
        raise TargetError(f"images are resized by area or bilinear, not {spec.resize!r}", _HINT)


def _check_logmel(spec: LogMelSpec) -> None:
    _check_range("window in samples", spec.window, WINDOW_SAMPLES)
    _check_range("hop in samples", spec.hop, ROWS)
    _check_range("number of mel bins", spec.mel_bins, MEL_BINS)
    if spec.clip < spec.window:
        raise TargetError(
            f"a clip of {spec.clip} samples is shorter than one window of {spec.window}", _HINT
        )
    _check_range("number of frames", spec.frames, ROWS)
    if not 0 <= spec.low_hz < spec.high_hz <= spec.rate / 2:
        raise TargetError(
            f"mel bins from {spec.low_hz} to {spec.high_hz} Hz do not lie between 0 and half "
            f"the sample rate of {spec.rate} Hz",
            _HINT,
        )
    if not any(bins for _, bins in band_ranges(spec)):
        raise TargetError(
            f"no FFT bin lies between {spec.low_hz} and {spec.high_hz} Hz for a window of "
            f"{spec.window} samples",
            _HINT,
        )


def _check_motion(spec: MotionSpec) -> None:
    _check_range("window in rows", spec.window, ROWS)
    _check_range("number of axes", spec.axes, ROWS)
    if len(spec.multiplier) != spec.axes:
        raise TargetError(
            f"{spec.axes} offsets but {len(spec.multiplier)} multipliers for the motion axes", _HINT
        )
    for offset, multiplier in zip(spec.offset, spec.multiplier, strict=True):
        _check_range("motion offset", offset, MOTION_OFFSET)
        _check_range("motion multiplier", multiplier, MOTION_MULTIPLIER)


def _check_range(name: str, value: int, limits: tuple[int, int]) -> None:
    low, high = limits
    if not low <= value <= high:
        raise TargetError(f"{name} is {value}; it must lie between {low} and {high}", _HINT)
