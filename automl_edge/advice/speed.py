"""What would take fewer cycles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from automl_edge.advice.reshaped import channel_group, with_channels, without
from automl_edge.advice.subject import Subject
from automl_edge.cost import op_cycles
from automl_edge.domain.graph import OpKind
from automl_edge.domain.workload import Workload
from automl_edge.report.profile import Advice, AdviceKind, LayerRow, Saving

MOST_RATES = 3
"""Layers that are compared with the best of their kind."""

LEAST_MACS = 0.01
"""A layer with a smaller part of all multiplications is no example for others."""

MULTIPLE = 4
"""Kernels take so many channels, or inputs, at once; what is left over costs more."""

_UNFUSED = {
    OpKind.QUANTIZE: "only changes the scale: with one scale on both sides it is not needed",
    OpKind.RELU: "is free as the activation of the layer before it",
    OpKind.RELU6: "is free as the activation of the layer before it",
    OpKind.PAD: "is not needed where the layer behind it pads ('same')",
}


def advise_speed(subject: Subject) -> tuple[Advice, ...]:
    """Slow layers, kernels that could not be used, odd channels, layers that need not be."""
    return (
        *_rates(subject),
        *_fallbacks(subject),
        *_remainders(subject),
        *_unfused(subject),
    )


def _rates(subject: Subject) -> tuple[Advice, ...]:
    """The layers that would gain most if they ran at the rate of the best of their kind."""
    found = []
    least = LEAST_MACS * subject.workload.macs
    for number, layer in enumerate(subject.layers):
        alike = [n for n, each in enumerate(subject.layers) if each.op == layer.op]
        models = [n for n in alike if subject.layers[n].macs >= max(least, 1)]
        if not layer.macs or not models:
            continue
        best = min(models, key=lambda n: _rate(subject.layers[n]))
        saved = layer.cycles - round(layer.macs * _rate(subject.layers[best]))
        if saved > 0:
            found.append((saved, number, best))
    found.sort(reverse=True)
    return tuple(
        advice
        for saved, number, best in found[:MOST_RATES]
        for advice in subject.advice(
            AdviceKind.RATE, number, _rate_words(subject, number, best), Saving(cycles=saved), True
        )
    )


def _rate(layer: LayerRow) -> float:
    return layer.cycles / layer.macs


def _rate_words(subject: Subject, number: int, best: int) -> str:
    slow, fast = subject.layers[number], subject.layers[best]
    share = 100 * slow.cycles / subject.cycles
    lengths = [_products(subject, each) for each in (number, best)]
    why = ""
    if lengths[0] < lengths[1]:
        why = (
            f" Its outputs are sums of {lengths[0]:,} product{'s' * (lengths[0] > 1)}, the other's "
            f"of {lengths[1]:,}: what each output costs beside its products weighs more."
        )
    return (
        f"{subject.named(number, 'Layer')} takes {share:.0f} % of the cycles, {_rate(slow):.2f} a "
        f"multiplication. {subject.named(best, 'Layer')} needs {_rate(fast):.2f}: at that rate it "
        f"would take {round(slow.macs * _rate(fast)):,} instead of {slow.cycles:,}.{why}"
    )


def _products(subject: Subject, number: int) -> int:
    op = subject.workload.ops[number]
    height, width, channels = op.out_shape
    return op.macs // max(height * width * channels, 1)


def _fallbacks(subject: Subject) -> Iterator[Advice]:
    """Layers that the portable kernels run because the set's own cannot."""
    own = op_cycles(subject.workload, subject.target)
    portable = op_cycles(subject.workload, subject.target, kernels=subject.network.main_kernels)
    for number, reason in enumerate(subject.reasons()):
        if reason is None:
            continue
        said = f"{subject.named(number, 'Layer')} is left to the portable kernels: {reason}."
        cycles = subject.layers[number].cycles
        left = round(cycles * own[number] / portable[number])
        if left < cycles:
            text = f"{said} The set's own kernel would take {left:,} cycles instead of {cycles:,}."
            saves, retrain = Saving(cycles=cycles - left), False
        else:
            text = f"{said} These figures are for windows of 3 x 3."
            saves, retrain = subject.saved_by(_with_small_windows(subject.workload, number)), True
        yield from subject.advice(AdviceKind.FALLBACK, number, text, saves, retrain)


def _with_small_windows(workload: Workload, number: int) -> Workload:
    """``workload`` with windows of 3 x 3 in a layer."""
    op = workload.ops[number]
    area = op.kernel[0] * op.kernel[1]
    small = replace(
        op,
        kernel=(3, 3),
        dilation=(1, 1),
        weight_bytes=op.weight_bytes // area * 9,
        macs=op.macs // area * 9,
    )
    ops = (*workload.ops[:number], small, *workload.ops[number + 1 :])
    return replace(workload, ops=ops)


def _remainders(subject: Subject) -> Iterator[Advice]:
    """Channels that do not fill what the kernels take at once: a few more can be cheaper."""
    workload = subject.workload
    seen: set[int] = set()
    for number, op in enumerate(workload.ops):
        channels = op.out_shape[2]
        if op.output in seen or channels % MULTIPLE == 0:
            continue
        seen |= channel_group(workload, op.output) or set()
        down = channels // MULTIPLE * MULTIPLE
        for count in (down + MULTIPLE, down):
            changed = with_channels(workload, op.output, count)
            if changed is None:
                continue
            saves = subject.saved_by(changed)
            if _pays(subject, changed, saves):
                yield from _remainder(subject, number, count, saves)
                break


def _pays(subject: Subject, changed: Workload, saves: Saving) -> bool:
    """Whether cycles fall, and by more than the multiplications do."""
    now = subject.workload.macs
    return saves.cycles > 0 and saves.cycles * now > (now - changed.macs) * subject.cycles


def _remainder(subject: Subject, number: int, count: int, saves: Saving) -> tuple[Advice, ...]:
    channels = subject.workload.ops[number].out_shape[2]
    text = (
        f"{subject.named(number, 'Layer')} writes {channels} channels, no multiple of {MULTIPLE}, "
        f"which the kernels take at once. With {count} the network takes {saves.cycles:,} cycles "
        f"less{', although it multiplies more' if count > channels else ''}."
    )
    return subject.advice(AdviceKind.CHANNELS, number, text, saves, retrain=True)


def _unfused(subject: Subject) -> Iterator[Advice]:
    workload = subject.workload
    for number, op in enumerate(workload.ops):
        if op.kind not in _UNFUSED:
            continue
        text = f"{subject.named(number, 'Layer')}, {op.kind.value}, {_UNFUSED[op.kind]}."
        saves = subject.saved_by(without(workload, number))
        yield from subject.advice(AdviceKind.UNFUSED, number, text, saves)
