"""What would make the program smaller."""

from __future__ import annotations

from dataclasses import replace

from automl_edge.advice.reshaped import with_channels
from automl_edge.advice.subject import Subject
from automl_edge.domain.graph import OpKind
from automl_edge.domain.optimize import Optimize, optimised
from automl_edge.domain.target import Budget
from automl_edge.domain.units import show_size
from automl_edge.domain.workload import OpWork, Workload
from automl_edge.report.profile import Advice, AdviceKind

DOMINATES = 0.25
"""A layer whose weights take such a part of flash is worth a word."""


def advise_flash(subject: Subject) -> tuple[Advice, ...]:
    """Weights that take most of flash, and another kernel set."""
    return (*_weights(subject), *_kernels(subject))


def _weights(subject: Subject) -> tuple[Advice, ...]:
    heaviest = max(range(len(subject.layers)), key=lambda n: subject.layers[n].weight_bytes)
    weights = subject.layers[heaviest].weight_bytes
    if weights < DOMINATES * subject.measured.flash_bytes:
        return ()
    found = _pooled(subject.workload, heaviest) or _halved(subject.workload, heaviest)
    if found is None:
        return ()
    changed, how = found
    saves = subject.saved_by(changed)
    share = 100 * weights / subject.measured.flash_bytes
    named = subject.named(heaviest)
    text = (
        f"The weights of {named} are {show_size(weights)}, {share:.0f} % of flash. {how} "
        f"flash falls by {show_size(max(saves.flash_bytes, 0))}."
    )
    return subject.advice(AdviceKind.WEIGHTS, heaviest, text, saves, retrain=True)


def _pooled(workload: Workload, number: int) -> tuple[Workload, str] | None:
    """A dense layer that reads a flattened plane, with the plane's averages instead."""
    op = workload.ops[number]
    if op.kind is not OpKind.FULLY_CONNECTED or op.macs != op.weight_bytes:
        return None
    writer = next((each for each in workload.ops if each.output == op.inputs[0]), None)
    if writer is None or writer.out_shape[0] * writer.out_shape[1] == 1:
        return None
    height, width, channels = writer.out_shape
    weights, means = channels * op.channels, len(workload.buffers)
    averages = OpWork(
        kind=OpKind.AVERAGE_POOL_2D,
        inputs=(writer.output,),
        output=means,
        in_shape=writer.out_shape,
        out_shape=(1, 1, channels),
        kernel=(height, width),
        stride=(height, width),
    )
    dense = replace(
        op, inputs=(means,), in_shape=(1, 1, channels), weight_bytes=weights, macs=weights
    )
    ops = (*workload.ops[:number], averages, dense, *workload.ops[number + 1 :])
    return replace(workload, ops=ops, buffers=(*workload.buffers, channels)), (
        f"It reads a flattened plane of {height} x {width} x {channels}; with the average of each "
        "channel instead"
    )


def _halved(workload: Workload, number: int) -> tuple[Workload, str] | None:
    """Half the channels of what the layer writes, or else of what it reads."""
    op = workload.ops[number]
    shapes = {each.output: each.out_shape for each in workload.ops}
    for buffer, verb in ((op.output, "writes"), (op.inputs[0], "reads")):
        channels = shapes[buffer][2] if buffer in shapes else 0
        changed = with_channels(workload, buffer, channels // 2)
        if changed is not None:
            return changed, f"With {channels // 2} of the {channels} channels that it {verb}"
    return None


def _kernels(subject: Subject) -> tuple[Advice, ...]:
    """The core's own kernels where size was wished for; portable ones where the chip is full."""
    if subject.target != subject.plain:
        saves = subject.saved_on(subject.plain)
        text = "--optimize speed or balanced takes the core's own kernels."
        return subject.advice(AdviceKind.OPTIMIZE, None, text, saves)
    small = optimised(subject.plain, Optimize.SIZE)
    room = Budget.of(subject.plain)
    is_full = (
        subject.measured.flash_bytes > room.flash_bytes
        or subject.measured.ram_bytes > room.ram_bytes
    )
    if small == subject.plain or not is_full:
        return ()
    text = "The chip is too small for this model; --optimize size takes the portable kernels."
    return subject.advice(AdviceKind.OPTIMIZE, None, text, subject.saved_on(small))
