"""A ``.tflite`` file as a Graph: the flatbuffer is read and checked, nothing is computed.

The schema's classes come with ai-edge-litert; TensorFlow is not needed. A damaged file can
make them raise anything, so that here, and only here, every exception becomes a
ModelFileError.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from automl_edge.compiler.check import check_body
from automl_edge.compiler.options import operator
from automl_edge.compiler.passes import simplify
from automl_edge.domain.graph import DType, Graph, Op, OpKind, Tensor
from automl_edge.errors import ModelFileError

IDENTIFIER = b"TFL3"
MAX_ELEMENTS = 2**27
MAX_BYTES = 2**28
_DTYPES = {
    schema.TensorType.INT8: DType.INT8,
    schema.TensorType.UINT8: DType.UINT8,
    schema.TensorType.INT16: DType.INT16,
    schema.TensorType.INT32: DType.INT32,
    schema.TensorType.INT64: DType.INT64,
    schema.TensorType.FLOAT32: DType.FLOAT32,
    schema.TensorType.BOOL: DType.BOOL,
}
_TYPE_NAMES = {code: name for name, code in vars(schema.TensorType).items() if name.isupper()}
_OP_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
_RETRAIN = "Is the file complete? Export or download it again."


def read_tflite(model: bytes) -> Graph:
    """The graph in ``model``, its edges as in the file (see passes.simplify for int8 edges).

    Raises ModelFileError for a file that is damaged, or that compile_graph could not
    compile: a float body, an operator that we do not have, changing shapes, variables.
    """
    graph = _graph(_unpack(model))
    check_body(simplify(graph))
    return graph


def _unpack(model: bytes) -> Any:
    if len(model) < 8 or model[4:8] != IDENTIFIER:
        raise ModelFileError(
            f"not a .tflite file: {IDENTIFIER.decode()!r} is missing at byte 4", _RETRAIN
        )
    if len(model) > MAX_BYTES:
        raise ModelFileError(
            f"the model has {len(model):,} bytes, and the firmware's memory map holds "
            f"{MAX_BYTES:,} (256 MiB) of flash",
            "No microcontroller has that much; choose a smaller model.",
        )
    try:
        return schema.ModelT.InitFromPackedBuf(bytearray(model), 0)
    except Exception as problem:  # whatever a broken offset leads to
        raise ModelFileError("the .tflite file is damaged or truncated", _RETRAIN) from problem


def _graph(model: Any) -> Graph:
    subgraphs = model.subgraphs or []
    if len(subgraphs) != 1:
        raise ModelFileError(
            f"the model has {len(subgraphs)} subgraphs; one is supported",
            "Control flow (IF, WHILE) and several signatures cannot be compiled.",
        )
    subgraph = subgraphs[0]
    tensors = tuple(_tensor(model, raw) for raw in subgraph.tensors or [])
    ops = tuple(
        _operator(model, raw, layer, tensors) for layer, raw in enumerate(subgraph.operators or [])
    )
    graph = Graph(
        tensors=tensors,
        ops=ops,
        inputs=_indices(subgraph.inputs, len(tensors), "the model"),
        outputs=_indices(subgraph.outputs, len(tensors), "the model"),
        name=_text(subgraph.name) or "model",
    )
    _check_flow(graph)
    return graph


def _tensor(model: Any, raw: Any) -> Tensor:
    name = _text(raw.name)
    if raw.type not in _DTYPES:
        kind = _TYPE_NAMES.get(raw.type, raw.type)
        raise ModelFileError(f"tensor {name!r} is of type {kind}, which is not supported")
    if raw.isVariable:
        raise ModelFileError(
            f"tensor {name!r} is a variable; models with state are not supported",
            "Stateful layers (LSTM, GRU, streaming wrappers) cannot be compiled.",
        )
    if raw.sparsity is not None or raw.variantTensors:
        raise ModelFileError(f"tensor {name!r} is stored sparsely, which is not supported")
    dtype = _DTYPES[raw.type]
    shape = _shape(name, raw)
    scales, zero_points, axis = _quantisation(name, raw.quantization, shape)
    data = _data(model, name, raw, shape, dtype)
    return Tensor(name, shape, dtype, scales, zero_points, axis, data)


def _shape(name: str, raw: Any) -> tuple[int, ...]:
    shape = tuple(int(size) for size in raw.shape) if raw.shape is not None else ()
    signature = raw.shapeSignature if raw.shapeSignature is not None else ()
    if any(size < 0 for size in shape) or any(size < 0 for size in signature[1:]):
        raise ModelFileError(
            f"tensor {name!r} has a shape that changes from call to call",
            "Convert the model with a fixed input shape and a batch of 1.",
        )
    elements = 1
    for size in shape:
        elements *= size
    if not elements:
        raise ModelFileError(f"tensor {name!r} of shape {shape} holds nothing", _RETRAIN)
    if elements > MAX_ELEMENTS:
        raise ModelFileError(
            f"tensor {name!r} of shape {shape} has {elements:,} elements; at most "
            f"{MAX_ELEMENTS:,} can be handled",
            "No microcontroller holds that much: choose a smaller model. If this one should be "
            "small, the file is damaged: export or download it again.",
        )
    return shape


def _quantisation(
    name: str, raw: Any, shape: tuple[int, ...]
) -> tuple[tuple[float, ...], tuple[int, ...], int]:
    if raw is None or raw.scale is None or len(raw.scale) == 0:
        return (), (), 0
    scales = tuple(float(scale) for scale in raw.scale)
    zeros = raw.zeroPoint if raw.zeroPoint is not None else np.zeros(len(scales), np.int64)
    zero_points = tuple(int(zero) for zero in zeros)
    axis = int(raw.quantizedDimension)
    per_channel = len(scales) > 1
    fits = not per_channel or (0 <= axis < len(shape) and len(scales) == shape[axis])
    if not fits or len(zero_points) != len(scales):
        raise ModelFileError(
            f"tensor {name!r} has {len(scales)} scales and {len(zero_points)} zero points, "
            f"which do not suit its shape {shape}",
            _RETRAIN,
        )
    if not all(np.isfinite(scale) and scale > 0 for scale in scales):
        raise ModelFileError(f"tensor {name!r} has a scale that is not a positive number", _RETRAIN)
    return scales, zero_points, axis if per_channel else 0


def _data(
    model: Any, name: str, raw: Any, shape: tuple[int, ...], dtype: DType
) -> NDArray[np.generic] | None:
    buffers = model.buffers or []
    if not 0 <= raw.buffer < max(len(buffers), 1) or raw.externalBuffer:
        raise ModelFileError(f"tensor {name!r} points to data that is not in the file", _RETRAIN)
    stored = buffers[raw.buffer] if buffers else None
    if stored is None:
        return None
    if stored.offset > 1 or stored.size > 1:
        raise ModelFileError(f"tensor {name!r} lies outside the flatbuffer; not supported")
    if stored.data is None or len(stored.data) == 0:
        return None
    content = np.asarray(stored.data, np.uint8).tobytes()
    wanted = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if len(content) != wanted:
        raise ModelFileError(
            f"tensor {name!r} needs {wanted} bytes of data and has {len(content)}", _RETRAIN
        )
    little_endian = np.dtype(dtype.value).newbyteorder("<")
    return np.frombuffer(content, little_endian).reshape(shape)


def _operator(model: Any, raw: Any, layer: int, tensors: tuple[Tensor, ...]) -> Op:
    codes = model.operatorCodes or []
    if not 0 <= raw.opcodeIndex < len(codes):
        raise ModelFileError(f"layer {layer} names an operator that is not in the file", _RETRAIN)
    code = codes[raw.opcodeIndex]
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    name = _OP_NAMES.get(number, f"operator {number}")
    inputs = _indices(raw.inputs, len(tensors), f"layer {layer}, {name},", optional=True)
    outputs = _indices(raw.outputs, len(tensors), f"layer {layer}, {name},")
    shown = tensors[outputs[0]].name if outputs else "no output"
    if name == "CUSTOM":
        name = f"CUSTOM {_text(code.customCode)!r}"
    if name not in set(OpKind):
        raise ModelFileError(
            f"layer {layer} is {name} (writing {shown!r}), an operator that we do not have",
            f"The operators are {', '.join(OpKind)}.",
        )
    if len(outputs) != 1 or not inputs:
        raise ModelFileError(
            f"layer {layer}, {name} ({shown!r}), lacks an input or output", _RETRAIN
        )
    return operator(OpKind(name), inputs, outputs, raw.builtinOptions, layer)


def _indices(raw: Any, count: int, owner: str, optional: bool = False) -> tuple[int, ...]:
    indices = tuple(int(index) for index in raw) if raw is not None else ()
    least = -1 if optional else 0
    if not all(least <= index < count for index in indices):
        raise ModelFileError(f"{owner} names a tensor that is not in the file", _RETRAIN)
    return indices


def _check_flow(graph: Graph) -> None:
    """Every tensor is computed once, before it is read; one goes in and one comes out."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise ModelFileError(
            f"the model has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs; "
            "one of each is supported"
        )
    known = {index for index, tensor in enumerate(graph.tensors) if tensor.data is not None}
    if known.intersection(graph.inputs):
        raise ModelFileError("the model's input is a constant", _RETRAIN)
    known.update(graph.inputs)
    for layer, op in enumerate(graph.ops):
        missing = [index for index in op.inputs if index >= 0 and index not in known]
        if missing:
            unread = graph.tensors[missing[0]].name
            raise ModelFileError(
                f"layer {layer}, {op.kind}, reads {unread!r} before it is computed", _RETRAIN
            )
        if op.outputs[0] in known:
            written = graph.tensors[op.outputs[0]].name
            raise ModelFileError(f"layer {layer}, {op.kind}, overwrites {written!r}", _RETRAIN)
        known.update(op.outputs)
    if graph.outputs[0] not in known:
        raise ModelFileError("the model's output is never computed", _RETRAIN)


def _text(raw: Any) -> str:
    return bytes(raw).decode("utf-8", "replace") if raw is not None else ""
