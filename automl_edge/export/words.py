"""What is filled into the skeletons: names, numbers, and sentences about the library."""

from __future__ import annotations

import math

from automl_edge.domain.bundle import Bundle
from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.pretrained import MOBILENET_V1, MOBILENET_V2
from automl_edge.export.library import LibraryInfo, Origin
from automl_edge.export.names import c_comment, c_string
from automl_edge.export.skeleton import fill

WEIGHTS_LICENCE = "LICENSE.weights"
_FAMILIES = {MOBILENET_V1: "MobileNet", MOBILENET_V2: "MobileNetV2"}


def weights_licence(origin: Origin) -> Bundle:
    """What has to go along with weights that derive from somebody's."""
    if origin.pretrained is None:
        return {}
    return {WEIGHTS_LICENCE: fill(f"common/{WEIGHTS_LICENCE}", {})}


def marks(info: LibraryInfo) -> dict[str, str]:
    """A text for every mark of the library's own skeletons."""
    return {
        "SYMBOL": info.symbol,
        "UPPER": info.symbol.upper(),
        "SUMMARY": _summary(info),
        "INPUT_WORDS": _input_words(info),
        "MADE_BY": made_by(info.origin),
        "VALUES": str(info.features.axes if isinstance(info.features, MotionSpec) else 1),
        "CLASSES": str(len(info.labels)),
        "LABELS": "\n".join(f"    {c_string(label)}," for label in info.labels),
        "THRESHOLD": str(info.int8_threshold),
        "INPUT_SIZE": str(math.prod(info.input_shape)),
        "INPUT_SHAPE": _shape(info.input_shape),
        "INPUT_SCALE": f"{info.input_scale!r}f",
        "INPUT_ZERO_POINT": str(info.input_zero_point),
        "OUTPUT_SIZE": str(math.prod(info.output_shape)),
        "OUTPUT_SHAPE": _shape(info.output_shape),
        "SCORE_SCALE": f"{info.score_scale!r}f",
        "SCORE_ZERO_POINT": str(info.score_zero_point),
        "WORK_WORDS": str(info.work_bytes // 4),
        "CONTEXT_BYTES": str(info.context_bytes),
        "CONTEXT_KIB": f"{info.context_bytes / 1024:.1f}",
        "SOURCES": "\n".join(_cmake_source(info, path) for path, _ in info.sources),
    }


def _cmake_source(info: LibraryInfo, path: str) -> str:
    return f"  ${{kernels}}/{path}" if path in info.plain else f"  src/{path}"


def _summary(info: LibraryInfo) -> str:
    classes = f"as one of {len(info.labels)} classes."
    match info.features:
        case None:
            return "runs an int8 network."
        case ImageSpec():
            return f"classifies photos {classes}"
        case LogMelSpec(clip=clip, rate=rate):
            return f"classifies sound, {clip / rate:g} s at a time, {classes}"
        case MotionSpec(window=window, rate_hz=rate_hz):
            return f"classifies motion, {window / rate_hz:g} s at a time, {classes}"


def _input_words(info: LibraryInfo) -> str:
    match info.features:
        case None:
            return f"int8, {_shape(info.input_shape)}"
        case ImageSpec():
            return "8-bit grey, RGB888 or RGB565 pixels, a frame of any size"
        case LogMelSpec(rate=rate):
            return f"16-bit mono samples at {rate} Hz"
        case MotionSpec():
            return _motion_words(info.features, info.origin)


def _motion_words(spec: MotionSpec, origin: Origin) -> str:
    words = f"rows of {spec.axes} 16-bit counts at {spec.rate_hz:g} Hz"
    if origin.motion is None:
        return words
    scales = zip(origin.motion.axes, origin.motion.units_per_count, strict=True)
    steps = ", ".join(f"{c_comment(axis)} {unit:g}" for axis, unit in scales)
    return f"{words} (in the units of your data, one count of each axis is: {steps})"


def made_by(origin: Origin) -> str:
    """Version, what was wanted most, seed and data; and whose weights it derives from."""
    facts = [f"--optimize {origin.optimize.value}"]
    if origin.seed is not None:
        facts.append(f"seed {origin.seed}")
    if origin.data_hash is not None:
        facts.append(f"data {c_comment(origin.data_hash)[:16]}")
    made = f"Made by automl-edge {c_comment(origin.version)} ({', '.join(facts)})."
    if origin.pretrained is None:
        return made
    family = _FAMILIES[origin.pretrained.family]
    return (
        f"{made} Its training began with weights of {family}; those of keras.applications are "
        f"under the Apache License 2.0, see {WEIGHTS_LICENCE}."
    )


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)
