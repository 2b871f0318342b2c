from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_edge.compiler import compile_graph, read_tflite, reader, simplify
from automl_edge.domain.graph import DType, OpKind
from automl_edge.errors import ModelFileError
from tests.graph_cases import random_model
from tests.tflite_builder import TfliteBuilder


def small_net(net: TfliteBuilder | None = None) -> tuple[TfliteBuilder, int]:
    """A convolution, a pool, a reshape, a dense layer and a softmax."""
    net = net or TfliteBuilder()
    rng = np.random.default_rng(3)
    image = net.input((1, 6, 5, 2), 0.02, -3)
    weights = net.constant(rng.integers(-127, 128, (4, 3, 3, 2)).astype(np.int8), [0.01] * 4)
    bias = net.constant(np.arange(4, dtype=np.int32), [0.0002] * 4)
    hidden = net.activation((1, 6, 5, 4), 0.05, -128)
    net.conv_2d(image, weights, bias, hidden, activation="RELU")
    pooled = net.activation((1, 3, 2, 4), 0.05, -128)
    net.pool("MAX_POOL_2D", hidden, pooled, (2, 2), stride=(2, 2))
    flat = net.reshape(pooled, net.activation((1, 24), 0.05, -128))
    dense = net.constant(rng.integers(-127, 128, (3, 24)).astype(np.int8), [0.02])
    logits = net.activation((1, 3), 0.3, 4)
    net.fully_connected(flat, dense, -1, logits)
    return net, net.softmax(logits, net.activation((1, 3), 1 / 256, -128))


def small_model() -> bytes:
    net, output = small_net()
    return net.finish(output)


SMALL = small_model()


def test_reads_tensors_and_options() -> None:
    graph = read_tflite(SMALL)

    conv, pool, *_, softmax = graph.ops
    assert (conv.kind, conv.padding, conv.activation) == (OpKind.CONV_2D, "SAME", "RELU")
    assert (pool.pool, pool.stride, pool.padding) == ((2, 2), (2, 2), "VALID")
    assert softmax.beta == 1.0
    source = graph.tensors[graph.inputs[0]]
    assert (source.shape, source.dtype, source.zero_point) == ((1, 6, 5, 2), DType.INT8, -3)
    assert source.scale == pytest.approx(0.02)
    weights = graph.tensors[conv.inputs[1]]
    assert weights.data is not None
    assert (weights.data.shape, len(weights.scales), weights.axis) == ((4, 3, 3, 2), 4, 0)


@pytest.mark.parametrize("model", [b"", b"TFL3", b"\0" * 100, b"PK\3\4TFL3" + b"\xff" * 60])
def test_garbage_is_refused(model: bytes) -> None:
    with pytest.raises(ModelFileError):
        read_tflite(model)


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.8, 0.95])
def test_truncated_file_is_refused(part: float) -> None:
    with pytest.raises(ModelFileError):
        read_tflite(SMALL[: int(len(SMALL) * part)])


def test_unknown_operator_is_named_with_tensor_and_layer() -> None:
    net, output = small_net()
    last = net.unary("TANH", output, net.activation((1, 3)))
    with pytest.raises(ModelFileError, match=rf"layer 5 is TANH .*'tensor_{last}'"):
        read_tflite(net.finish(last))


def test_custom_operator_is_named() -> None:
    net, output = small_net()
    net.unary("CUSTOM", output, last := net.activation((1, 3)))
    net.model.operatorCodes[-1].customCode = b"MyOp"
    with pytest.raises(ModelFileError, match="CUSTOM 'MyOp'"):
        read_tflite(net.finish(last))


def test_float_body_is_refused_in_words() -> None:
    net = TfliteBuilder()
    source = net.input((1, 4), None, dtype="float32")
    weights = net.constant(np.ones((2, 4), np.float32))
    output = net.activation((1, 2), None, dtype="float32")
    net.fully_connected(source, weights, -1, output)
    with pytest.raises(
        ModelFileError, match=r"layer 0, FULLY_CONNECTED .* computes in float32"
    ) as e:
        read_tflite(net.finish(output))
    assert "full integer quantisation" in e.value.hint


def test_float_island_inside_is_refused() -> None:
    net, output = small_net()
    back = net.unary("DEQUANTIZE", output, net.activation((1, 3), None, dtype="float32"))
    again = net.unary("QUANTIZE", back, net.activation((1, 3), 0.1))
    with pytest.raises(ModelFileError, match="float32"):
        read_tflite(net.finish(again))


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_edges_of_other_types_are_read_and_become_int8(dtype: str) -> None:
    scale, zero = (None, 0) if dtype == "float32" else (0.1, 128)
    net = TfliteBuilder()
    source = net.input((1, 8), scale, zero, dtype)
    inner = net.unary("QUANTIZE", source, net.activation((1, 8), 0.1, 0))
    soft = net.softmax(inner, net.activation((1, 8), 1 / 256, -128))
    last = net.activation((1, 8), None if dtype == "float32" else 1 / 256, 0, dtype)
    net.unary("DEQUANTIZE" if dtype == "float32" else "QUANTIZE", soft, last)

    graph = read_tflite(net.finish(last))
    body = simplify(graph)

    assert graph.tensors[graph.inputs[0]].dtype == dtype
    assert [op.kind for op in body.ops] == [OpKind.SOFTMAX]
    network = compile_graph(graph, "net")
    assert network.input.dtype is network.output.dtype is DType.INT8
    assert network.input.scale == pytest.approx(0.1)


def _changed(change: Callable[[TfliteBuilder], None]) -> bytes:
    net, output = small_net()
    change(net)
    return net.finish(output)


def _tensor(net: TfliteBuilder, index: int) -> schema.TensorT:
    return net.subgraph.tensors[index]


def _dynamic(net: TfliteBuilder) -> None:
    _tensor(net, 0).shapeSignature = np.array([-1, -1, 5, 2], np.int32)


def _two_subgraphs(net: TfliteBuilder) -> None:
    net.model.subgraphs = [net.subgraph, net.subgraph]


def _variable(net: TfliteBuilder) -> None:
    _tensor(net, 3).isVariable = True


def _infinite_scale(net: TfliteBuilder) -> None:
    _tensor(net, 3).quantization.scale = np.array([np.inf], np.float32)


def _short_weights(net: TfliteBuilder) -> None:
    buffer = net.model.buffers[_tensor(net, 1).buffer]
    buffer.data = buffer.data[:-1]


def _wrong_shape(net: TfliteBuilder) -> None:
    _tensor(net, 3).shape = np.array([1, 7, 5, 4], np.int32)


def _huge(net: TfliteBuilder) -> None:
    _tensor(net, 0).shape = np.array([1, 60000, 60000, 60000], np.int32)


def _missing_tensor(net: TfliteBuilder) -> None:
    net.subgraph.operators[0].inputs = np.array([0, 99, 2], np.int32)


def _reads_itself(net: TfliteBuilder) -> None:
    net.subgraph.operators[0].inputs = np.array([3, 1, 2], np.int32)


def _no_stride(net: TfliteBuilder) -> None:
    net.subgraph.operators[0].builtinOptions.strideH = 0


def _no_operators(net: TfliteBuilder) -> None:
    net.subgraph.operators = []


def _zero_point_of_weights(net: TfliteBuilder) -> None:
    _tensor(net, 1).quantization.zeroPoint = np.array([1, 0, 0, 0], np.int64)


def _softmax_scale(net: TfliteBuilder) -> None:
    net.subgraph.tensors[-1].quantization.scale = np.array([0.01], np.float32)


def _other_activation(net: TfliteBuilder) -> None:
    tanh = schema.ActivationFunctionType.TANH
    net.subgraph.operators[0].builtinOptions.fusedActivationFunction = tanh


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_dynamic, "changes from call to call"),
        (_two_subgraphs, "2 subgraphs"),
        (_variable, "variable"),
        (_infinite_scale, "scale"),
        (_short_weights, "needs 72 bytes"),
        (_wrong_shape, "6x5"),
        (_huge, "has 216,000,000,000,000 elements; at most 134,217,728"),
        (_missing_tensor, "not in the file"),
        (_reads_itself, "before it is computed"),
        (_no_stride, "out of range"),
        (_no_operators, "never computed"),
        (_zero_point_of_weights, "zero point"),
        (_softmax_scale, "1/256"),
        (_other_activation, "TANH"),
    ],
)
def test_what_cannot_be_compiled_is_said(
    change: Callable[[TfliteBuilder], None], words: str
) -> None:
    with pytest.raises(ModelFileError, match=words):
        read_tflite(_changed(change))


def test_a_file_larger_than_any_memory_map_is_refused_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 100)
    with pytest.raises(ModelFileError, match="memory map holds 100"):
        read_tflite(small_model())


def _survives(model: bytes) -> None:
    """A hostile file is refused as a ModelFileError, or it compiles."""
    try:
        compile_graph(read_tflite(model), "net")
    except ModelFileError as refusal:
        assert refusal.message  # noqa: PT017 - either outcome is fine, a traceback is not


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=6))
def test_flipped_bytes_never_raise_anything_else(changes: list[tuple[int, int]]) -> None:
    model = bytearray(SMALL)
    for place, value in changes:
        model[place] = value
    _survives(bytes(model))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(list(OpKind)), st.integers(0, 5), st.data())
def test_flipped_bytes_of_any_operator(kind: OpKind, seed: int, data: st.DataObject) -> None:
    model = bytearray(random_model(kind, np.random.default_rng(seed)))
    for _ in range(data.draw(st.integers(1, 4))):
        model[data.draw(st.integers(0, len(model) - 1))] = data.draw(st.sampled_from([0, 1, 255]))
    _survives(bytes(model))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, len(SMALL)))
def test_cut_files_never_raise_anything_else(length: int) -> None:
    _survives(SMALL[:length])
