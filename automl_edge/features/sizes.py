"""Bytes and multiplications of a front end, from its spec alone: no C, no tables built.

Mirrors the C for 32-bit cores; a test holds every figure equal to what compilers say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Literal

from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.memory import align
from automl_edge.features.mel import band_ranges

LOGMEL_STATE_BYTES = 16
MOTION_STATE_BYTES = 8
_LOGMEL_CONFIG_BYTES = 28
_MOTION_CONFIG_BYTES = 16
_IMAGE_CONFIG_BYTES = 6
_MEL_BAND_BYTES = 6
_LOG2_TABLE_BYTES = 66

Kind = Literal["image", "logmel", "motion"]


@dataclass(frozen=True, slots=True)
class FrontEndSizes:
    """What a front end adds to a library, in bytes on a 32-bit core.

    ``table_bytes`` and ``struct_bytes`` (the const config) are flash. ``state_bytes`` is RAM
    that lives between calls, the features that the network reads included; an image's
    features are written where the caller says and it has no state. ``scratch_bytes`` is
    needed within a call only: the network's arena can serve. ``caller_bytes`` is the
    caller's sample buffer at most: one hop of sound, one row of motion; a camera's frame
    is the application's own and is counted as 0. ``macs`` are the multiplications of one
    whole classification.
    """

    table_bytes: int
    state_bytes: int
    scratch_bytes: int
    caller_bytes: int
    struct_bytes: int
    macs: int
    kind: Kind


@lru_cache(maxsize=4096)
def front_end_sizes(spec: FeatureSpec) -> FrontEndSizes:
    """Sizes of the front end for ``spec``."""
    match spec:
        case ImageSpec():
            return _image_sizes(spec)
        case LogMelSpec():
            return _logmel_sizes(spec)
        case MotionSpec():
            return _motion_sizes(spec)


def _image_sizes(spec: ImageSpec) -> FrontEndSizes:
    return FrontEndSizes(
        table_bytes=0,
        state_bytes=0,
        scratch_bytes=0,
        caller_bytes=0,
        struct_bytes=_IMAGE_CONFIG_BYTES,
        macs=(3 if spec.resize == "area" else 12) * prod(spec.output_shape),
        kind="image",
    )


def _logmel_sizes(spec: LogMelSpec) -> FrontEndSizes:
    weights = sum(bins for _, bins in band_ranges(spec))
    hann_bytes = 2 * (spec.window // 2 + 1)
    features = prod(spec.output_shape)
    history_start = LOGMEL_STATE_BYTES + features + features % 2
    return FrontEndSizes(
        table_bytes=(
            hann_bytes
            + 2 * spec.fft
            + _MEL_BAND_BYTES * spec.mel_bins
            + 2 * weights
            + _LOG2_TABLE_BYTES
        ),
        state_bytes=align(history_start + 2 * spec.window),
        scratch_bytes=4 * spec.fft,
        caller_bytes=2 * spec.hop,
        struct_bytes=_LOGMEL_CONFIG_BYTES,
        macs=spec.frames * (spec.window + _fft_multiplications(spec.fft) + 4 * weights),
        kind="logmel",
    )


def _fft_multiplications(length: int) -> int:
    """Real multiplications of the C's FFT: radix 4 on half the length, then the split."""
    points = length // 2
    passes = (points.bit_length() - 2) // 2
    turned = 3 * (points // 4) * passes + points // 2
    return 4 * turned


def _motion_sizes(spec: MotionSpec) -> FrontEndSizes:
    features = prod(spec.output_shape)
    return FrontEndSizes(
        table_bytes=(2 + 4) * spec.axes,
        state_bytes=align(MOTION_STATE_BYTES + features),
        scratch_bytes=0,
        caller_bytes=2 * spec.axes,
        struct_bytes=_MOTION_CONFIG_BYTES,
        macs=2 * features,
        kind="motion",
    )
