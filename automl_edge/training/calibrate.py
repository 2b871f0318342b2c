"""Activation ranges for the converter, measured on one thread.

TensorFlow's own calibrator runs the float model on four threads, and its multi-threaded
convolution reads memory that was never written for some small shapes (a 2x1 kernel over
a 2x1 image, for one): ranges of 1e30 then end up in the int8 model, differently each time.
One thread is exact, so the ranges are taken with that and written where the converter
looks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import flatbuffers
import numpy as np
from numpy.typing import NDArray

FILE_IDENTIFIER = b"TFL3"
TOLERANCE = 1e-3
"""How far the interpreted model may be from Keras, in probability."""


class Range(NamedTuple):
    """What a tensor's int8 values span; 0 lies within."""

    low: float
    high: float


def with_ranges(
    float_model: bytes,
    samples: NDArray[np.float32],
    expected: NDArray[np.float32],
    learnt: Sequence[Range | None] = (),
) -> bytes:
    """``float_model`` with the range of every activation on ``samples``.

    ``samples`` is float32 (n, 1, height, width, channels). ``expected`` (n, classes) is
    what Keras answers for them; raises RuntimeError if the interpreter answers otherwise.
    ``learnt`` are ranges to be taken instead, one for each operator but reshapes, in their
    order; of operators with None those on the samples stay. Raises RuntimeError if there are
    more or fewer of them.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(float_model, 0)
    (graph,) = model.subgraphs
    ranges = _ranges(float_model, samples, expected)
    if learnt:
        ranges |= _by_tensor(model, learnt)
    for index in sorted(_computed(graph)):
        quantisation = graph.tensors[index].quantization or schema.QuantizationParametersT()
        quantisation.min, quantisation.max = ([end] for end in ranges[index])
        graph.tensors[index].quantization = quantisation
    builder = flatbuffers.Builder(len(float_model))
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def _by_tensor(model: Any, learnt: Sequence[Range | None]) -> dict[int, Range]:
    """``learnt`` by the index of the tensor that the operator writes.

    A reshape's output has the range of its input.
    """
    from ai_edge_litert.schema_py_generated import BuiltinOperator

    (graph,) = model.subgraphs
    reshapes = [
        model.operatorCodes[op.opcodeIndex].builtinCode == BuiltinOperator.RESHAPE
        for op in graph.operators
    ]
    if reshapes.count(False) != len(learnt):
        raise RuntimeError(
            f"{len(learnt)} ranges were learnt for {reshapes.count(False)} operators of the model"
        )
    ranges: dict[int, Range] = {}
    following = iter(learnt)
    for op, reshape in zip(graph.operators, reshapes, strict=True):
        found = ranges.get(int(op.inputs[0])) if reshape else next(following)
        if found is not None:
            ranges[int(op.outputs[0])] = found
    return ranges


def _computed(graph: Any) -> set[int]:
    """The graph's inputs and what its operators write."""
    return {int(index) for index in graph.inputs} | {
        int(index) for op in graph.operators for index in op.outputs
    }


def _ranges(
    float_model: bytes, samples: NDArray[np.float32], expected: NDArray[np.float32]
) -> dict[int, Range]:
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
    return {index: Range(lows[index], highs[index]) for index in computed}


def _check(found: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    difference = float(np.abs(found.reshape(-1) - expected).max())
    if not difference <= TOLERANCE:  # also where either is not a number
        raise RuntimeError(f"the converted float model differs from Keras by {difference:g}")
