"""Activation ranges come from exact arithmetic, whatever TensorFlow's calibrator computes."""

from __future__ import annotations

import numpy as np
import pytest

from automl_edge.compiler import read_tflite
from automl_edge.domain.architecture import (
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    Flatten,
    Softmax,
)
from automl_edge.domain.features import INPUT_SCALE
from automl_edge.training import keras_model, to_int8_tflite
from automl_edge.training.calibrate import with_ranges

# A 2x1 kernel over a 2x1 image: TensorFlow's convolution on several threads reads memory
# there that nobody has written.
TALL = Architecture(
    (2, 1, 24),
    (
        Conv2D(48, (2, 1)),
        Conv2D(96, (2, 1)),
        Conv2D(192, (2, 1)),
        AveragePool2D(),
        Flatten(),
        Dense(2),
        Softmax(),
    ),
)


@pytest.fixture(scope="module")
def features() -> np.ndarray:
    return np.random.default_rng(1).integers(-128, 128, (20, *TALL.input_shape), np.int8)


def test_small_convolutions_keep_their_range(features: np.ndarray) -> None:
    import keras

    model = keras_model(TALL)
    values = features.astype(np.float32) * INPUT_SCALE
    relus = [layer for layer in model.layers if "relu" in layer.name]
    inner = keras.Model(model.input, [relu.output for relu in relus])
    highest = [float(np.max(found)) for found in inner.predict(values, verbose=0)]

    models = {to_int8_tflite(model, features) for _ in range(4)}

    assert len(models) == 1
    graph = read_tflite(models.pop())
    ranges = [255 * graph.tensors[op.outputs[0]].scale for op in graph.ops[: len(relus)]]
    assert ranges == pytest.approx(highest, rel=0.05)


def test_a_model_that_answers_otherwise_is_refused(features: np.ndarray) -> None:
    import tensorflow as tf

    model = keras_model(TALL)
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    samples = features[:, np.newaxis].astype(np.float32) * np.float32(INPUT_SCALE)
    wrong = np.full((len(samples), 2), 0.9, np.float32)

    with pytest.raises(RuntimeError, match="differs from Keras"):
        with_ranges(converter.convert(), samples, wrong)
