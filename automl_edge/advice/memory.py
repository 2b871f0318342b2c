"""What would make the arena smaller."""

from __future__ import annotations

from collections.abc import Iterator

from automl_edge.advice.reshaped import half_resolution, with_channels
from automl_edge.advice.subject import LEAST_SHARE, Subject
from automl_edge.domain.units import show_size
from automl_edge.report.profile import Advice, AdviceKind


def advise_memory(subject: Subject) -> tuple[Advice, ...]:
    """Less resolution before the layer at the peak of the arena, and fewer channels behind it."""
    return (*_resolution(subject), *_channels(subject))


def _resolution(subject: Subject) -> Iterator[Advice]:
    """Half of it in what the layer at the peak reads, and in the network's input."""
    workload, peak = subject.workload, subject.network.peak
    read = workload.ops[peak].inputs[0]
    for buffer in dict.fromkeys((read, workload.input)):
        changed = half_resolution(workload, buffer)
        if changed is None:
            continue
        saves = subject.saved_by(changed)
        if saves.ram_bytes < LEAST_SHARE * subject.measured.ram_bytes:
            continue
        first = next(n for n, op in enumerate(workload.ops) if buffer in op.inputs)
        old, new = (each.ops[first].in_shape[:2] for each in (workload, changed))
        where = "the input" if buffer == workload.input else "what it reads"
        text = (
            f"{_peak(subject)} With half the resolution in {where} ({old[0]} x {old[1]} becomes "
            f"{new[0]} x {new[1]}) {_falls(subject, saves.ram_bytes)}"
        )
        yield from subject.advice(
            AdviceKind.RESOLUTION, subject.network.peak, text, saves, retrain=True
        )


def _channels(subject: Subject) -> tuple[Advice, ...]:
    op = subject.workload.ops[subject.network.peak]
    channels = op.out_shape[2]
    changed = with_channels(subject.workload, op.output, channels // 2)
    if changed is None:
        return ()
    saves = subject.saved_by(changed)
    if saves.ram_bytes < LEAST_SHARE * subject.measured.ram_bytes:
        return ()
    text = (
        f"{_peak(subject)} With {channels // 2} channels instead of {channels} in what it writes "
        f"{_falls(subject, saves.ram_bytes)}"
    )
    return subject.advice(AdviceKind.CHANNELS, subject.network.peak, text, saves, retrain=True)


def _peak(subject: Subject) -> str:
    """Which layer holds the peak, and how near the next one comes."""
    in_use, peak = subject.network.in_use, subject.network.peak
    said = f"{subject.named(peak, 'Layer')} holds the peak of RAM, {show_size(in_use[peak])}"
    others = [number for number in range(len(in_use)) if number != peak]
    if not others:
        return f"{said}."
    second = max(others, key=lambda number: in_use[number])
    return f"{said}; the next is layer {second} with {show_size(in_use[second])}."


def _falls(subject: Subject, saved: int) -> str:
    now = subject.network.arena_bytes
    return f"the arena falls from {show_size(now)} to {show_size(now - saved)}."
