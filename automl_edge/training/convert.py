"""A trained Keras model as an int8 ``.tflite``: post-training quantisation, reproducible bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.architecture import Architecture
from automl_edge.domain.features import INPUT_SCALE, INPUT_ZERO_POINT
from automl_edge.training._tensorflow import failing_plainly, quiet, tensorflow
from automl_edge.training.calibrate import Range, with_ranges
from automl_edge.training.keras_builder import keras_model, settle_statistics

BATCH = 32
"""Windows that are run through the float model at once, layer by layer, which takes memory."""


@failing_plainly()
def to_int8_tflite(
    model: Any, representative: NDArray[np.int8], learnt: Sequence[Range | None] = ()
) -> bytes:
    """The ``.tflite`` of ``model`` with int8 input, weights, activations and output.

    ``representative`` (n, height, width, channels) are features of the training part, on
    which activation ranges are calibrated, but for those that were ``learnt`` (see
    ``with_ranges``). The input keeps the front ends' scale 1/128 and zero point 0; raises
    RuntimeError if the converter gives it any other, or cannot convert the model.

    The model is frozen at batch 1 first: that converts in a third of the time of
    ``from_keras_model`` and leaves no operator that computes shapes.
    """
    tf = tensorflow()
    with quiet():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([_frozen(model)])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    samples = _samples(representative)
    converter.representative_dataset = lambda: [[samples[0]]]
    # Stops after its own calibration, on one sample, whose ranges are replaced.
    converter._experimental_calibrate_only = True
    parts = np.array_split(samples[:, 0], -(-len(samples) // BATCH))
    expected = np.concatenate([model(part, training=False).numpy() for part in parts])
    with quiet():
        calibrated = with_ranges(bytes(converter.convert()), samples, expected, learnt)
        converted = _quantized(calibrated)
    _check_input(converted)
    return converted


def untrained_tflite(
    architecture: Architecture, features: NDArray[np.int8] | None = None, seed: int = 1
) -> bytes:
    """The ``.tflite`` of a network that was never trained: its size and speed are real.

    ``features`` (n, height, width, channels) calibrate it, noise where there are none
    yet. Weights are normally distributed, as trained ones about are; initial ones lack the
    few large weights next to which the others are small. Running statistics are those of one
    batch; at their initial values a deep network's signal would fade to nothing and its
    scales with it.
    """
    if features is None:
        features = np.random.default_rng(seed).integers(
            -128, 128, (16, *architecture.input_shape), np.int8
        )
    model = keras_model(architecture, seed)
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            kernel, *biases = layer.get_weights()
            layer.set_weights([rng.normal(0, kernel.std(), kernel.shape), *biases])
    settle_statistics(model, features)
    return to_int8_tflite(model, features)


def _frozen(model: Any) -> Any:
    """The model as a concrete function of static batch 1, weights as constants."""
    tf = tensorflow()
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = (1, *model.input_shape[1:])
    call = tf.function(lambda features: model(features, training=False), autograph=False)
    concrete = call.get_concrete_function(tf.TensorSpec(shape, tf.float32, "features"))
    return convert_variables_to_constants_v2(concrete)


def _quantized(calibrated: bytes) -> bytes:
    """``calibrated`` in int8 throughout, by the ranges that it carries."""
    tf = tensorflow()
    from tensorflow.lite.python.convert import mlir_quantize

    return bytes(mlir_quantize(calibrated, input_data_type=tf.int8, output_data_type=tf.int8))


def _samples(representative: NDArray[np.int8]) -> NDArray[np.float32]:
    """Float batches of 1, (n, 1, height, width, channels).

    Two elements of the first are set to int8's extremes: the input's range then is
    exactly [-1, 127/128], whose 255 steps are 1/128 each.
    """
    limits = np.iinfo(np.int8)
    chosen = representative.copy()
    chosen[0].reshape(-1)[[0, -1]] = (limits.min, limits.max)
    return chosen[:, np.newaxis].astype(np.float32) * np.float32(INPUT_SCALE)


def _check_input(converted: bytes) -> None:
    from ai_edge_litert.interpreter import Interpreter

    (details,) = Interpreter(model_content=converted).get_input_details()
    found = details["quantization"]
    if found != (INPUT_SCALE, INPUT_ZERO_POINT):
        raise RuntimeError(f"the converter quantised the input to {found}")
