"""Layers for kernels of tiles in registers: what they read, and what their work is counted as."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from automl_edge.compiler.sizes import kernel_of
from automl_edge.compiler.tiled import as_words, in_fours
from automl_edge.costs.work import OP_UNITS, op_work
from automl_edge.domain.graph import OpKind
from automl_edge.domain.target import KernelSet
from automl_edge.domain.workload import OpWork

DEPTHWISE = OpWork(
    OpKind.DEPTHWISE_CONV_2D, (0,), 1, (9, 10, 4), (9, 10, 4), (3, 3), (1, 1), 36, 4, 3240
)


def work_of(op: OpWork, kernel: str) -> dict[str, int]:
    return dict(zip(OP_UNITS, op_work(op, kernel, 0), strict=True))


def test_four_channels_share_a_word_with_128_added() -> None:
    weights = np.array([[1, -128], [2, 127], [-3, 0], [4, 5], [6, -7]], np.int8)
    words = as_words(in_fours(weights)).view(np.uint32)
    assert words.shape == (2, 2, 1)
    for channel, row in enumerate(weights.tolist()):
        for i, weight in enumerate(row):
            word = int(words[channel // 4, i, 0])
            assert (word >> 8 * (channel % 4) & 0xFF) - 128 == weight
    assert int(words[1, 0, 0]) >> 8 == 0x808080  # channels that are not there


@pytest.mark.parametrize(
    ("changes", "kernel"),
    [
        ({}, "depthwise_slide"),
        ({"stride": (2, 2), "out_shape": (5, 5, 4)}, "depthwise_slide"),
        ({"stride": (1, 2), "out_shape": (9, 5, 4)}, "depthwise_conv_2d"),
        ({"kernel": (5, 1)}, "depthwise_conv_2d"),
        ({"dilation": (2, 2)}, "depthwise_conv_2d"),
        ({"out_shape": (9, 10, 8)}, "depthwise_conv_2d"),
    ],
)
def test_shapes_that_do_not_suit_are_foreseen(changes: dict, kernel: str) -> None:
    assert kernel_of(replace(DEPTHWISE, **changes), KernelSet.RV32) == kernel


def test_rows_that_leave_the_image_are_stretches_of_their_own() -> None:
    work = work_of(DEPTHWISE, "depthwise_slide")
    assert work["tile"] == 4 * 3  # the top, the bottom, all between
    assert work["row"] == 4 * 9
    assert work["output"] == 4 * 9 * 10
    low = replace(DEPTHWISE, in_shape=(2, 10, 4), out_shape=(2, 10, 4))
    assert work_of(low, "depthwise_slide")["tile"] == 4 * 2  # none lies inside


def test_a_last_tile_goes_with_pixels_of_the_one_before() -> None:
    op = OpWork(OpKind.CONV_2D, (0,), 1, (3, 2, 5), (3, 2, 6), (1, 1), (1, 1), 30, 6, 180)
    work = work_of(op, "conv_2d_tiled")
    assert work["pixel"] == 8
    assert work["output"] == 2 * 6
    assert work["step"] == 2 * 2 * 5
    assert (work["quad"], work["element"]) == (8, 8)  # five inputs: four and one


def test_dense_channels_are_summed_by_eight_and_what_is_left_by_four() -> None:
    op = OpWork(
        OpKind.FULLY_CONNECTED,
        (0,),
        1,
        (1, 1, 7),
        (1, 1, 11),
        weight_bytes=77,
        channels=11,
        macs=77,
    )
    work = work_of(op, "dense_tiled")
    assert (work["tile"], work["step"], work["tail"]) == (2, 7, 7)
