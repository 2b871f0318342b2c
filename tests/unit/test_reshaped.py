"""Networks that are only thought of: the same as if they had been described to begin with."""

from __future__ import annotations

import pytest

from automl_edge.advice.reshaped import channel_group, half_resolution, with_channels, without
from automl_edge.compiler import describe_graph, read_tflite, simplify
from automl_edge.describe import describe_architecture
from automl_edge.domain.architecture import (
    Add,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    Layer,
    MaxPool2D,
    Softmax,
)
from automl_edge.domain.workload import Workload
from tests.layer_maker import Layers

HEAD: tuple[Layer, ...] = (AveragePool2D(), Flatten(), Dense(5), Softmax())


def _workload(size: int, *layers: Layer, channels: int = 3) -> Workload:
    return describe_architecture(Architecture((size, size, channels), layers))


BODIES: dict[str, tuple[Layer, ...]] = {
    "strides": (Conv2D(8, (3, 3), (2, 2)), DepthwiseConv2D((3, 3)), Conv2D(16, (1, 1)), *HEAD),
    "pools": (Conv2D(4, (5, 5)), MaxPool2D((2, 2), (2, 2)), Conv2D(8, (3, 3)), *HEAD),
    "residual": (Conv2D(8, (3, 3)), Conv2D(8, (3, 3)), Add(0), *HEAD),
    "valid": (Conv2D(8, (3, 3), (1, 1), "valid"), Conv2D(4, (3, 3), (2, 2), "valid"), *HEAD),
    "flat": (Conv2D(8, (3, 3), (2, 2)), Flatten(), Dense(6), Softmax()),
}


@pytest.mark.parametrize("body", BODIES)
def test_half_the_resolution_is_the_network_of_a_smaller_photo(body: str) -> None:
    large, small = (_workload(size, *BODIES[body]) for size in (32, 16))
    assert half_resolution(large, large.input) == small


def test_half_the_resolution_further_on_is_a_longer_stride() -> None:
    def network(stride: int) -> Workload:
        tail = (DepthwiseConv2D((3, 3)), Conv2D(16, (1, 1)), *HEAD)
        return _workload(32, Conv2D(8, (3, 3), (stride, stride)), *tail)

    plain = network(1)
    assert half_resolution(plain, plain.ops[1].inputs[0]) == network(2)


def test_what_cannot_be_halved() -> None:
    pixel = _workload(1, Conv2D(4, (1, 1)), Flatten(), Dense(2))
    assert half_resolution(pixel, pixel.input) is None
    residual = _workload(8, *BODIES["residual"])
    after_first = residual.ops[1].output
    assert half_resolution(residual, after_first) is None, "the other way keeps its size"
    tight = _workload(6, Conv2D(4, (5, 5), (1, 1), "valid"), *HEAD)
    assert half_resolution(tight, tight.input) is None, "nothing would be left"


@pytest.mark.parametrize(("old", "new"), [(8, 4), (7, 8), (5, 4)])
def test_other_channels_are_the_network_with_other_filters(old: int, new: int) -> None:
    def network(filters: int) -> Workload:
        first = (Conv2D(filters, (3, 3)), DepthwiseConv2D((3, 3)), Conv2D(filters, (3, 3)))
        return _workload(8, *first, Add(1), Conv2D(6, (1, 1)), *HEAD)

    workload = network(old)
    assert with_channels(workload, workload.ops[0].output, new) == network(new)
    outputs = {workload.ops[number].output for number in range(4)}
    assert channel_group(workload, workload.ops[3].output) == outputs


def test_channels_before_a_flattened_plane() -> None:
    def network(filters: int) -> Workload:
        return _workload(6, Conv2D(filters, (3, 3)), Flatten(), Dense(4), Softmax())

    workload = network(6)
    assert with_channels(workload, workload.ops[0].output, 3) == network(3)


def test_channels_of_input_and_output_are_fixed() -> None:
    workload = _workload(8, DepthwiseConv2D((3, 3)), Conv2D(4, (1, 1)), *HEAD)
    assert with_channels(workload, workload.ops[0].output, 8) is None
    assert with_channels(workload, workload.output, 4) is None


def _described(layers: Layers) -> Workload:
    return describe_graph(simplify(read_tflite(layers.finish())))


def test_an_operator_left_out_leaves_the_others_joined() -> None:
    with_relu = _described(Layers(8, 8, 3).conv(4).unary("RELU").conv(6).mean().dense(2))
    shorter = without(with_relu, 1)
    plain = _described(Layers(8, 8, 3).conv(4).conv(6).mean().dense(2))
    assert [op.in_shape for op in shorter.ops] == [op.in_shape for op in plain.ops]
    assert shorter.ops[1].inputs == (shorter.ops[0].output,)
    assert sum(shorter.buffers) == sum(plain.buffers)
