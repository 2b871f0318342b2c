"""A tiny int8 model behind each kind of front end, made by hand, with raw windows for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.dataset import MotionFormat
from automl_edge.domain.features import (
    INPUT_SCALE,
    FeatureSpec,
    ImageSpec,
    LogMelSpec,
    MotionSpec,
)
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from tests.tflite_builder import TfliteBuilder

SPECS: dict[str, FeatureSpec] = {
    "image": ImageSpec(height=10, width=12, channels=3),
    "audio": LogMelSpec(16000, 4000, 480, 320, 16, 60, 7600),
    "motion": MotionSpec(50.0, 24, (10, -20, 1000), (5000, 6000, 7000)),
}
LABELS = ("yes", 'say "no"??/', "caf\u00e9 \U0001f600")
ORIGIN = Origin("0.1", 7, "a1b2c3d4", MotionFormat(("x", "y", "z"), 50.0, (0.01, 0.01, 0.01)))


def small_model(shape: Sequence[int], filters: int = 8, seed: int = 5) -> bytes:
    """Convolution, average over the plane, dense layer, softmax; random weights."""
    random, classes = np.random.default_rng(seed), 3
    height, width, channels = shape
    net = TfliteBuilder()
    image = net.input((1, *shape), scale=INPUT_SCALE, zero_point=0)
    weights = net.constant(
        random.integers(-127, 128, (filters, 3, 1, channels), np.int8), [0.01] * filters
    )
    bias = net.constant(
        random.integers(-500, 500, filters, np.int32), [0.01 * INPUT_SCALE] * filters
    )
    hidden = net.activation((1, height, width, filters), scale=0.02, zero_point=-128)
    net.conv_2d(image, weights, bias, hidden, activation="RELU")
    mean = net.activation((1, filters), scale=0.02, zero_point=-128)
    net.mean(hidden, (1, 2), mean)
    dense = net.constant(random.integers(-127, 128, (classes, filters), np.int8), [0.01])
    dense_bias = net.constant(np.zeros(classes, np.int32), [0.0002])
    logits = net.activation((1, classes), scale=0.03, zero_point=0)
    net.fully_connected(mean, dense, dense_bias, logits)
    return net.finish(net.softmax(logits, net.activation((1, classes), 1 / 256, -128)))


def windows(spec: FeatureSpec, count: int = 2, seed: int = 1) -> list[NDArray[np.generic]]:
    """Raw windows of noise."""
    random = np.random.default_rng(seed)
    if isinstance(spec, ImageSpec):
        return [random.integers(0, 256, (31, 40, 3), np.uint8) for _ in range(count)]
    if isinstance(spec, LogMelSpec):
        return [random.integers(-5000, 5000, spec.clip, np.int16) for _ in range(count)]
    shape = (spec.window, spec.axes)
    return [random.integers(-3000, 3000, shape, np.int16) for _ in range(count)]


def model_for(kind: str, filters: int = 8, seed: int = 5) -> bytes:
    """The model behind the front end ``kind``, or one without ("tensor")."""
    shape = SPECS[kind].output_shape if kind in SPECS else (6, 5, 2)
    return small_model(shape, filters, seed)


def library_for(
    kind: str, symbol: str = "tiny", filters: int = 8, seed: int = 5, threshold: float = 0.4
) -> Library:
    """A library of any kind: image, audio, motion or tensor."""
    spec = SPECS.get(kind)
    golden = windows(spec) if spec else ()
    labels = LABELS if spec else ()
    model = model_for(kind, filters, seed)
    return build_library(model, spec, labels, threshold, symbol, ORIGIN, golden)
