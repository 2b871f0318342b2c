"""Activation ranges for the converter, measured on one thread.

TensorFlow's own calibrator runs the float model on four threads, and its multi-threaded
convolution reads memory that was never written for some small shapes (a 2x1 kernel over
a 2x1 image, for one): ranges of 1e30 then end up in the int8 model, differently each time.
One thread is exact, so the ranges are taken with that and written where the converter
looks for them.
"""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from numpy.typing import NDArray

FILE_IDENTIFIER = b"TFL3"
TOLERANCE = 1e-3
"""How far the interpreted model may be from Keras, in probability."""


def with_ranges(
    float_model: bytes, samples: NDArray[np.float32], expected: NDArray[np.float32]
) -> bytes:
    """``float_model`` with the range of every activation on ``samples``.

    ``samples`` is float32 (n, 1, height, width, channels). ``expected`` (n, classes) is
    what Keras answers for them; raises RuntimeError if the interpreter answers otherwise.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(float_model, 0)
    (graph,) = model.subgraphs
    lows, highs = _ranges(float_model, samples, expected)
    for index in sorted(_computed(graph)):
        ranges = graph.tensors[index].quantization or schema.QuantizationParametersT()
        ranges.min, ranges.max = [lows[index]], [highs[index]]
        graph.tensors[index].quantization = ranges
    builder = flatbuffers.Builder(len(float_model))
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def _computed(graph: Any) -> set[int]:
    """The graph's inputs and what its operators write."""
    return {int(index) for index in graph.inputs} | {
        int(index) for op in graph.operators for index in op.outputs
    }


def _ranges(
    float_model: bytes, samples: NDArray[np.float32], expected: NDArray[np.float32]
) -> tuple[dict[int, float], dict[int, float]]:
    """Lowest and highest value of every tensor over ``samples``."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_content=float_model,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        experimental_preserve_all_tensors=True,
        num_threads=1,
    )
    interpreter.allocate_tensors()
    (read,), (written,) = interpreter.get_input_details(), interpreter.get_output_details()
    computed = [d["index"] for d in interpreter.get_tensor_details() if d["shape"].size]
    lows = dict.fromkeys(computed, np.inf)
    highs = dict.fromkeys(computed, -np.inf)
    for sample, answer in zip(samples, expected, strict=True):
        interpreter.set_tensor(read["index"], sample)
        interpreter.invoke()
        _check(interpreter.get_tensor(written["index"]), answer)
        for index in computed:
            values = interpreter.get_tensor(index)
            lows[index] = min(lows[index], float(values.min()))
            highs[index] = max(highs[index], float(values.max()))
    return lows, highs


def _check(found: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    difference = float(np.abs(found.reshape(-1) - expected).max())
    if not difference <= TOLERANCE:  # also where either is not a number
        raise RuntimeError(f"the converted float model differs from Keras by {difference:g}")
