from __future__ import annotations

import numpy as np
import pytest

from automl_edge.compiler import compile_graph, describe_graph, read_tflite, simplify
from automl_edge.compiler.edges import from_int8, to_int8
from automl_edge.compiler.lookup import lookup_table
from automl_edge.compiler.view import OpView, nhwc
from automl_edge.domain.graph import DType, OpKind, Tensor
from automl_edge.domain.workload import OpWork, Workload
from automl_edge.errors import ModelFileError
from tests.tflite_builder import TfliteBuilder


def test_a_reshape_is_an_alias() -> None:
    net = TfliteBuilder()
    source = net.input((1, 2, 3, 4), 0.1, 5)
    flat = net.reshape(source, net.activation((1, 24), 0.1, 5))
    graph = read_tflite(net.finish(net.softmax(flat, net.activation((1, 24), 1 / 256, -128))))

    assert describe_graph(graph) == Workload(
        ops=(OpWork(OpKind.SOFTMAX, (0,), 1, (1, 1, 24), (1, 1, 24)),),
        buffers=(24, 24),
        input=0,
        output=1,
    )
    assert compile_graph(graph, "net").arena_bytes == 24


def test_an_idle_relu_costs_nothing() -> None:
    net = TfliteBuilder()
    source = net.input((1, 8), 0.1, -128)
    relu = net.unary("RELU", source, net.activation((1, 8), 0.1, -128))
    graph = read_tflite(net.finish(net.softmax(relu, net.activation((1, 8), 1 / 256, -128))))

    assert [op.kind for op in graph.ops] == [OpKind.RELU, OpKind.SOFTMAX]
    assert compile_graph(graph, "net").kernels == ("softmax",)


def test_simplify_twice_changes_nothing_more() -> None:
    net = TfliteBuilder()
    source = net.input((1, 8), None, dtype="float32")
    inner = net.unary("QUANTIZE", source, net.activation((1, 8), 0.1, 3))
    once = simplify(
        read_tflite(net.finish(net.softmax(inner, net.activation((1, 8), 1 / 256, -128))))
    )
    assert simplify(once) == once
    assert once.tensors[once.inputs[0]].zero_point == 3


def test_constants_are_folded_and_dead_operators_go() -> None:
    net = TfliteBuilder()
    source = net.input((1, 4), 0.1, 0)
    real = net.constant(np.array([[0.5, -0.25, 0.1, 9.0]], np.float32))
    fixed = net.unary("QUANTIZE", real, net.activation((1, 4), 0.125, 1))
    total = net.binary("ADD", source, fixed, net.activation((1, 4), 0.2, 0))
    net.unary("RELU", source, net.activation((1, 4), 0.1, -128))
    body = simplify(read_tflite(net.finish(total)))

    assert [op.kind for op in body.ops] == [OpKind.ADD]
    folded = body.tensors[body.ops[0].inputs[1]].data
    assert folded is not None
    assert folded.tolist() == [[5, -1, 2, 73]]


def test_a_model_that_computes_nothing_is_refused() -> None:
    net = TfliteBuilder()
    source = net.input((1, 4), 0.1, 0)
    with pytest.raises(ModelFileError, match="computes nothing"):
        read_tflite(net.finish(net.reshape(source, net.activation((4, 1), 0.1, 0))))


def test_logistic_table_is_close_to_the_function() -> None:
    net = TfliteBuilder()
    source = net.input((1, 4), 0.05, 3)
    graph = read_tflite(
        net.finish(net.unary("LOGISTIC", source, net.activation((1, 4), 1 / 256, -128)))
    )
    table = lookup_table(OpView(graph, 0)).astype(float)
    real = (np.arange(-128, 128) - 3) * 0.05
    assert np.abs((table + 128) / 256 - 1 / (1 + np.exp(-real))).max() < 1 / 256


def test_hard_swish_table_is_close_to_the_function() -> None:
    net = TfliteBuilder()
    source = net.input((1, 4), 0.05, -3)
    graph = read_tflite(
        net.finish(net.unary("HARD_SWISH", source, net.activation((1, 4), 0.03, -100)))
    )
    real = (np.arange(-128, 128) + 3) * 0.05
    expected = np.clip(real * np.clip(real + 3, 0, 6) / 6 / 0.03 - 100, -128, 127)
    assert np.abs(lookup_table(OpView(graph, 0)) - expected).max() < 1.1


def test_edges_convert_and_clamp() -> None:
    real = Tensor("real", (3,), DType.FLOAT32)
    byte = Tensor("byte", (3,), DType.UINT8, (0.5,), (128,))
    inner = Tensor("inner", (3,), DType.INT8, (0.5,), (0,))

    quantised = to_int8(np.array([0.25, -0.25, 99.0], np.float32), real, inner)
    assert quantised.tolist() == [1, -1, 127]
    assert from_int8(quantised, inner, real).tolist() == [0.5, -0.5, 63.5]
    assert to_int8(np.array([0, 128, 255], np.uint8), byte, inner).tolist() == [-128, 0, 127]
    assert from_int8(quantised, inner, byte).tolist() == [129, 127, 255]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 4, 5, 6), (4, 5, 6)),
        ((1, 7), (1, 1, 7)),
        ((7,), (1, 1, 7)),
        ((1,), (1, 1, 1)),
        ((), (1, 1, 1)),
        ((1, 3, 4), (1, 3, 4)),
        ((3, 4), (1, 3, 4)),
        ((1, 2, 3, 4, 5), (6, 4, 5)),
    ],
)
def test_shapes_without_the_batch(shape: tuple[int, ...], expected: tuple[int, int, int]) -> None:
    assert nhwc(shape) == expected
