"""Cost: architectures are described as the converter sees them, and rated by real figures."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from automl_edge.catalog import load_target, target_names
from automl_edge.cost import describe_architecture, footprint
from automl_edge.costs import core_costs
from automl_edge.costs.work import OP_UNITS, front_end_work, op_work
from automl_edge.domain.architecture import (
    Activation,
    Add,
    Architecture,
    AveragePool2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    MaxPool2D,
    Softmax,
)
from automl_edge.domain.features import ImageSpec, LogMelSpec, MotionSpec
from automl_edge.domain.footprint import Source
from automl_edge.domain.graph import OpKind
from automl_edge.domain.network_builder import NetworkBuilder, whole_channels
from automl_edge.domain.workload import OpWork
from automl_edge.errors import TargetError
from automl_edge.features import front_end_sizes

NETWORK = Architecture(
    (8, 6, 2),
    (
        Conv2D(4, (3, 3), (2, 2)),
        DepthwiseConv2D((3, 3)),
        Conv2D(4, (1, 1), activation=Activation.NONE),
        Add(0),
        MaxPool2D((2, 2), (2, 2)),
        AveragePool2D(),
        Flatten(),
        Dropout(0.2),
        Dense(3),
        Softmax(),
    ),
)
SOUND = LogMelSpec(8000, 8000, 256, 200, 20, 60, 3800)


def test_a_network_is_described_operator_by_operator() -> None:
    workload = describe_architecture(NETWORK)
    assert [op.kind for op in workload.ops] == [
        OpKind.CONV_2D,
        OpKind.DEPTHWISE_CONV_2D,
        OpKind.CONV_2D,
        OpKind.ADD,
        OpKind.MAX_POOL_2D,
        OpKind.AVERAGE_POOL_2D,
        OpKind.FULLY_CONNECTED,
        OpKind.SOFTMAX,
    ]
    assert workload.buffers == (96, 48, 48, 48, 48, 8, 4, 3, 3)
    assert (workload.input, workload.output) == (0, 8)
    assert [op.inputs for op in workload.ops] == [(0,), (1,), (2,), (1, 3), (4,), (5,), (6,), (7,)]
    assert [op.macs for op in workload.ops] == [12 * 4 * 18, 12 * 4 * 9, 12 * 16, 0, 0, 0, 12, 0]
    assert workload.parameters == (72 + 4) + (36 + 4) + (16 + 4) + (12 + 3)


def test_what_cannot_be_built_is_refused() -> None:
    for layers in (
        (MaxPool2D((9, 1), (1, 1)),),
        (Dense(3),),
        (Conv2D(4, (3, 3)), MaxPool2D((2, 2), (2, 2)), Add(0)),
    ):
        with pytest.raises(ValueError, match=r"fit|plane|residual"):
            describe_architecture(Architecture((8, 6, 2), layers))


def test_parts_add_up_and_violations_are_found_from_them() -> None:
    target = load_target("cortex-m4")
    for features, architecture in (
        (ImageSpec(8, 6, 1), replace(NETWORK, input_shape=(8, 6, 1))),
        (SOUND, replace(NETWORK, input_shape=SOUND.output_shape)),
        (MotionSpec(50.0, 32, (0,) * 3, (1000,) * 3), replace(NETWORK, input_shape=(32, 1, 3))),
        (None, NETWORK),
    ):
        if features is not None and features.output_shape[1] == 1:
            architecture = Architecture(
                (32, 1, 3), (Conv2D(4, (5, 1), (2, 1)), *NETWORK.layers[5:])
            )
        cost = footprint(describe_architecture(architecture), features, target)
        assert cost.flash_bytes == sum(part.flash_bytes for part in cost.parts)
        assert cost.ram_bytes == sum(part.ram_bytes for part in cost.parts)
        assert cost.latency_ms == pytest.approx(sum(part.latency_ms for part in cost.parts))
        assert all(part.flash_bytes >= 0 and part.ram_bytes >= 0 for part in cost.parts)
        assert cost.flash_source is Source.PREDICTED


def test_features_of_sound_lie_outside_the_arena_and_its_scratch_inside() -> None:
    target = load_target("cortex-m4")
    small = NetworkBuilder(SOUND.output_shape)
    small.conv(4, (3, 3), (4, 4))
    cost = footprint(describe_architecture(small.classify(2)), SOUND, target)
    ram = {part.name: part.ram_bytes for part in cost.parts}
    sizes = front_end_sizes(SOUND)
    assert ram["front end"] == sizes.state_bytes
    assert ram["arena"] == sizes.scratch_bytes  # larger than what the network needs
    assert cost.caller_bytes == 2 * SOUND.hop


@pytest.mark.parametrize("name", target_names())
def test_every_target_can_be_rated_and_says_how(name: str) -> None:
    target = load_target(name)
    cost = footprint(describe_architecture(NETWORK), None, target)
    expected = Source.PREDICTED if target.toolchain else Source.ESTIMATED
    assert {cost.flash_source, cost.ram_source, cost.latency_source} == {expected}
    assert cost.latency_ms > 0


def test_latency_follows_clock_and_scale() -> None:
    target = load_target("cortex-m4")
    workload = describe_architecture(NETWORK)
    slow = footprint(workload, None, target).latency_ms
    fast = footprint(workload, None, replace(target, clock_hz=2 * target.clock_hz)).latency_ms
    factors = {"cycle_factor": 3.0, "cycle_factor_streamed": 3.0}
    waiting = footprint(workload, None, replace(target, **factors)).latency_ms
    even = footprint(workload, None, replace(target, cycle_factor_streamed=target.cycle_factor))
    assert fast == pytest.approx(slow / 2)
    assert even.latency_ms < slow  # the dense layer streams its weights
    assert waiting == pytest.approx(even.latency_ms * 3 / target.cycle_factor)


def test_code_is_counted_once_however_often_it_is_used() -> None:
    target = load_target("cortex-m0plus")
    costs = core_costs(target.core, target.kernels.value)
    once, twice = NetworkBuilder((16, 16, 4)), NetworkBuilder((16, 16, 4))
    once.conv(4, (1, 1))
    for _ in range(2):
        twice.conv(4, (1, 1))
    costs_of = [
        footprint(describe_architecture(n.classify(2)), None, target) for n in (once, twice)
    ]
    added = costs_of[1].flash_bytes - costs_of[0].flash_bytes
    assert added < costs.functions["conv_2d"]
    assert added > 16 + 4 * 9


def test_a_core_without_tables_is_refused() -> None:
    with pytest.raises(TargetError, match="no cost tables"):
        core_costs("cortex-m1", "portable")


def test_work_counts_only_taps_inside_the_image() -> None:
    op = OpWork(OpKind.MAX_POOL_2D, (0,), 1, (3, 3, 4), (3, 3, 4), (3, 3))
    work = dict(zip(OP_UNITS, op_work(op, "max_pool_2d", 0), strict=True))
    taps = sum(
        1
        for y in range(3)
        for x in range(3)
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
        if 0 <= y + dy < 3 and 0 <= x + dx < 3
    )
    assert work["element"] == taps * 4
    assert work["mac"] == 0


def test_a_depthwise_layer_copies_the_image_once_and_leaves_out_rows_beyond_it() -> None:
    op = OpWork(OpKind.DEPTHWISE_CONV_2D, (0,), 1, (3, 3, 8), (3, 3, 8), (3, 3), (1, 1), 72, 8, 648)
    work = dict(zip(OP_UNITS, op_work(op, "depthwise_conv_2d", 36), strict=True))
    groups, rows = 2, (2 + 3 + 2) * 3
    assert work["element"] == 3 * 3 * 8
    assert (work["tile"], work["quad"]) == (3 * groups, 3 * groups)
    assert (work["row"], work["mac"]) == (rows * groups, rows * groups * 3)


@pytest.mark.parametrize(
    ("shape", "kernel", "stride"),
    [
        ((9, 7, 4), (3, 3), (1, 1)),
        ((9, 7, 3), (3, 3), (2, 2)),
        ((12, 1, 3), (5, 1), (2, 1)),
        ((5, 6, 1), (8, 5), (1, 1)),
    ],
)
def test_a_packed_convolution_copies_windows_that_leave_the_image_or_have_odd_rows(
    shape: tuple[int, int, int], kernel: tuple[int, int], stride: tuple[int, int]
) -> None:
    """Every window is walked here and counted; what is left of four pixels counts as copied."""
    out = tuple(-(-size // step) for size, step in zip(shape, stride, strict=False))
    depth = kernel[0] * kernel[1] * shape[2]
    macs = out[0] * out[1] * 8 * depth
    op = OpWork(OpKind.CONV_2D, (0,), 1, shape, (*out[:2], 8), kernel, stride, 8 * depth, 8, macs)
    work = dict(zip(OP_UNITS, op_work(op, "conv_2d_packed", 10**6), strict=True))
    windows = []
    for y, x in product(range(out[0]), range(out[1])):
        top, left = (
            p * s - op.before(a) for a, (p, s) in enumerate(zip((y, x), stride, strict=True))
        )
        rows = [0 <= top + k < shape[0] for k in range(kernel[0])]
        columns = [0 <= left + k < shape[1] for k in range(kernel[1])]
        windows.append((rows, columns))
    leaves = [not (all(rows) and all(columns)) for rows, columns in windows]
    odd = kernel[1] * shape[2] % 4 > 0
    tiles = [leaves[n : n + 4] for n in range(0, len(leaves), 4)]
    copied = [odd or (any(tile) if len(tile) == 4 else True) for tile in tiles for _ in tile]
    run = [sum(columns) * shape[2] for _, columns in windows]
    moves = [sum(rows) * (n // 4 + n % 4) for (rows, _), n in zip(windows, run, strict=True)]
    filled = [depth - sum(rows) * n for (rows, _), n in zip(windows, run, strict=True)]
    assert work["row"] == kernel[0] * sum(copied)
    assert work["element"] == sum(
        n for n, is_copied in zip(moves, copied, strict=True) if is_copied
    )
    assert work["edge"] == kernel[0] * sum(leaves)
    assert work["fill"] == sum(filled)


def test_front_end_work_grows_with_what_is_taken_in() -> None:
    short, long = (front_end_work(replace(SOUND, clip=clip)) for clip in (8000, 16000))
    assert long[1] == 2 * short[1]
    assert long[3] > short[3]
    assert front_end_work(ImageSpec(32, 32, 1))[1] == 120 * 120
    assert front_end_work(ImageSpec(12, 48, 1))[1] == 40 * 160


def test_builder_keeps_designs_possible() -> None:
    net = NetworkBuilder((5, 1, 3))
    net.conv(4, (9, 9), (2, 2))
    assert (net.height, net.width) == (3, 1)
    net.depthwise((3, 3), 2)
    net.max_pool((2, 2))
    assert (net.height, net.width) == (3, 1)
    for _ in range(3):
        net.conv(4, (1, 1), (2, 2))
    workload = describe_architecture(net.classify(2, dropout=0.5))
    assert workload.ops[0].kernel == (5, 1)
    assert whole_channels(1.0) == 4
    assert whole_channels(21.9) == 20
