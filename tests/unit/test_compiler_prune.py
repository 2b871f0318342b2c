"""Bounds, folding and removal of channels, on cases that can be followed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from automl_edge.compiler import compile_graph, describe_graph, read_tflite, simplify
from automl_edge.compiler.fixed import scale, scale_array
from automl_edge.compiler.intervals import bounds_of, regrouped
from automl_edge.compiler.prune import prune
from automl_edge.compiler.sums import Bounds, Layer
from automl_edge.domain.graph import Graph
from tests.tflite_builder import TfliteBuilder


def _int8(*values: object) -> np.ndarray:
    return np.array(values, np.int8)


def _layer(
    weights: np.ndarray,
    bias: list[int],
    image: tuple[int, int] = (1, 1),
    padding: str = "VALID",
    zero_point: int = 0,
    activation: str = "NONE",
) -> tuple[TfliteBuilder, int]:
    """A convolution with ``weights`` (outputs, height, width, inputs) and a scale of 1/8."""
    net = TfliteBuilder()
    depth, outputs = weights.shape[3], len(weights)
    source = net.input((1, *image, depth), 1.0, zero_point)
    window = weights.shape[1:3]
    size = image if padding == "SAME" else [n - k + 1 for n, k in zip(image, window, strict=True)]
    output = net.activation((1, *size, outputs), 8.0, 0)
    operands = (net.constant(weights, [1.0]), net.constant(np.array(bias, np.int32)))
    net.conv_2d(source, *operands, output, padding, activation=activation)
    return net, output


def _output_bounds(model: bytes) -> tuple[list[int], list[int]]:
    graph = simplify(read_tflite(model))
    bounds = bounds_of(graph)[graph.outputs[0]]
    return bounds.low.tolist(), bounds.high.tolist()


def _pruned(net: TfliteBuilder, output: int, multiple: int = 1) -> Graph:
    return prune(simplify(read_tflite(net.finish(output))), multiple)


def test_arrays_are_scaled_as_single_numbers_are() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(-(2**31), 2**31, 500)
    x[:200] >>= rng.integers(0, 31, 200)
    multiplier = rng.integers(2**30, 2**31, 500)
    shift = rng.integers(-31, 31, 500)
    expected = [scale(*(int(v) for v in row)) for row in zip(x, multiplier, shift, strict=True)]
    assert scale_array(x, multiplier, shift).tolist() == expected


def test_bounds_follow_the_signs_of_the_weights() -> None:
    """2 * [-128, 127] - [-128, 127] = [-383, 382]; an eighth is -47.9 to 47.8."""
    net, output = _layer(_int8([[[2, -1]]], [[[0, 0]]], [[[1, 0]]]), [0, -80, 2000])
    assert _output_bounds(net.finish(output)) == ([-48, -10, 127], [48, -10, 127])


def test_bounds_are_clamped_by_the_activation() -> None:
    net, output = _layer(_int8([[[2, -1]]], [[[1, 0]]]), [0, -128], activation="RELU")
    assert _output_bounds(net.finish(output)) == ([0, 0], [48, 0])


def test_taps_that_can_leave_the_image_can_add_nothing() -> None:
    weights, bias = np.array([[[1], [1], [-1]]]), np.array([100])
    everywhere = np.ones(3, np.bool_)
    source = Bounds(np.array([10]), np.array([20]))

    inside = Layer(weights, bias, everywhere, ~everywhere).sums(source, 0)
    padded = Layer(weights, bias, everywhere, np.array([True, False, True])).sums(source, 0)

    assert (inside.low.item(), inside.high.item()) == (100, 130)
    assert (padded.low.item(), padded.high.item()) == (90, 140)


def test_a_tap_that_is_always_outside_adds_nothing() -> None:
    net, output = _layer(_int8([[[100], [1], [100]]]), [0], (1, 1), "SAME")
    assert _output_bounds(net.finish(output)) == ([-16], [16])


def test_sums_that_may_wrap_around_can_be_anything() -> None:
    most = 2**31 - 1
    net, output = _layer(_int8([[[1]]], [[[1]]]), [most, most - 127], activation="RELU")
    assert _output_bounds(net.finish(output)) == ([0, 127], [127, 127])


@pytest.mark.parametrize(("count", "low", "high"), [(6, [1, 2] * 3, [3, 4] * 3), (1, [1], [4])])
def test_bounds_of_rows_of_another_length(count: int, low: list[int], high: list[int]) -> None:
    found = regrouped(Bounds(np.array([1, 2]), np.array([3, 4])), count)
    assert (found.low.tolist(), found.high.tolist()) == (low, high)


def _two_layers(
    padding: str, kernel: int = 3, constant: int = 40, unread: bool = False
) -> tuple[TfliteBuilder, int]:
    """Four channels, of which the second is 5 always, read by a layer of three."""
    weights = _int8([[[1]]], [[[0]]], [[[2]]], [[[-1]]])
    net, middle = _layer(weights, [0, constant, 0, 0], (4, 4))
    rng = np.random.default_rng(2)
    following = rng.integers(1, 5, (3, kernel, kernel, 4)).astype(np.int8)
    if unread:
        following[..., 3] = 0
    size = 4 if padding == "SAME" else 5 - kernel
    output = net.activation((1, size, size, 3), 60.0, 0)
    operands = (net.constant(following, [1.0]), net.constant(np.array([7, 8, 9], np.int32)))
    return net, net.conv_2d(middle, *operands, output, padding)


def test_a_constant_channel_moves_into_the_bias() -> None:
    net, output = _two_layers("VALID")
    whole = simplify(read_tflite(net.finish(output)))
    graph = _pruned(net, output)

    assert [graph.tensors[op.outputs[0]].shape[3] for op in graph.ops] == [3, 3]
    weights, bias = (graph.tensors[index].data for index in graph.ops[1].inputs[1:])
    before = whole.tensors[whole.ops[1].inputs[1]].data
    assert weights is not None
    assert bias is not None
    assert before is not None
    assert np.array_equal(weights, before[..., [0, 2, 3]])
    moved = 5 * before[..., 1].astype(int).sum(axis=(1, 2))
    assert bias.tolist() == (np.array([7, 8, 9]) + moved).tolist()


@pytest.mark.parametrize(
    ("constant", "kernel", "kept"), [(40, 3, 4), (0, 3, 3), (1, 3, 3), (40, 1, 3)]
)
def test_padding_keeps_a_constant_that_is_not_the_zero_point(
    constant: int, kernel: int, kept: int
) -> None:
    net, output = _two_layers("SAME", kernel, constant)
    graph = _pruned(net, output)
    assert graph.tensors[graph.ops[0].outputs[0]].shape[3] == kept


def test_a_channel_that_nobody_reads_goes() -> None:
    net, output = _two_layers("VALID", unread=True)
    assert describe_graph(_pruned(net, output)).buffers == (16, 32, 12)


def test_a_graph_without_dead_channels_comes_back_as_it_is() -> None:
    net, output = _layer(_int8([[[2, -1]]], [[[1, 3]]]), [0, 0])
    graph = simplify(read_tflite(net.finish(output)))
    assert prune(graph) is graph


def test_what_goes_in_and_out_keeps_its_shape() -> None:
    """The input's second channel is not read, and the output's first is constant."""
    net, output = _layer(_int8([[[0, 0]]], [[[3, 0]]]), [16, 0])
    graph = simplify(read_tflite(net.finish(output)))
    assert prune(graph) is graph
    assert compile_graph(graph, "net").output.shape == (1, 1, 1, 2)


@pytest.mark.parametrize(("multiple", "kept"), [(1, 3), (2, 4), (4, 4), (8, 3)])
def test_tensors_keep_a_multiple_of_channels_where_they_can(multiple: int, kept: int) -> None:
    net, output = _two_layers("VALID")
    graph = _pruned(net, output, multiple)
    assert graph.tensors[graph.ops[0].outputs[0]].shape[3] == kept


def test_one_channel_stays_where_all_are_dead() -> None:
    weights = np.zeros((6, 1, 1, 2), np.int8)
    net, middle = _layer(weights, [80] * 6)
    output = net.activation((1, 1, 1, 2), 8.0, 0)
    operands = (net.constant(_int8([[[1] * 6]], [[[2] * 6]]), [1.0]), -1)
    graph = _pruned(net, net.conv_2d(middle, *operands, output, "VALID"))

    assert graph.tensors[graph.ops[0].outputs[0]].shape == (1, 1, 1, 1)
    bias = graph.tensors[graph.ops[1].inputs[2]].data
    assert bias is not None
    assert bias.tolist() == [60, 120]


def test_a_dense_layer_of_several_scales_keeps_two() -> None:
    """With one scale TFLM would multiply it in float32."""
    net = TfliteBuilder()
    source = net.input((1, 3), 1.0, 0)
    weights = net.constant(_int8([0, 0, 0], [1, 2, 3], [0, 0, 0]), [0.3, 0.1, 0.2])
    dense = net.activation((1, 3), 1.0, 0)
    net.fully_connected(source, weights, net.constant(np.zeros(3, np.int32), [1.0]), dense)
    output = net.activation((1, 1), 20.0, 0)
    second = net.constant(_int8([1, 2, 3]), [1.0])
    graph = _pruned(net, net.fully_connected(dense, second, -1, output))
    assert len(graph.tensors[graph.ops[0].inputs[1]].scales) == 2


def test_flattened_channels_go_from_every_pixel() -> None:
    net, middle = _layer(_int8([[[1]]], [[[0]]], [[[2]]]), [0, 8, 0], (2, 2))
    flat = net.reshape(middle, net.activation((1, 12), 8.0, 0))
    weights = net.constant(np.arange(1, 13, dtype=np.int8)[None], [1.0])
    output = net.activation((1, 1), 60.0, 0)
    graph = _pruned(net, net.fully_connected(flat, weights, -1, output))

    assert describe_graph(graph).buffers == (4, 8, 1)
    columns, bias = (graph.tensors[index].data for index in graph.ops[-1].inputs[1:])
    assert columns is not None
    assert bias is not None
    assert columns.tolist() == [[1, 3, 4, 6, 7, 9, 10, 12]]
    assert bias.tolist() == [2 + 5 + 8 + 11]


@pytest.mark.parametrize("multiple", [1, 4])
def test_pruning_twice_changes_nothing_more(multiple: int) -> None:
    net, output = _two_layers("VALID", unread=True)
    once = _pruned(net, output, multiple)
    assert describe_graph(prune(once, multiple)) == describe_graph(once)
