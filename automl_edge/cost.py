"""Predicts flash, RAM and latency of a network and its front end from descriptions alone.

Pure arithmetic over calibration data (``automl_edge/costs``): no Keras, no conversion, no
compiler, a fraction of a millisecond a candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from automl_edge.compiler.demands import MOVE, Demand, Run, demand_of, run_by, runs_of
from automl_edge.compiler.fuse import fused_with_arena, halves
from automl_edge.compiler.pieces import piece_calls
from automl_edge.compiler.sizes import (
    STRUCT_BYTES,
    scratch_bytes,
    summed,
    table_bytes,
    weight_bytes,
)
from automl_edge.costs import CoreCosts, core_costs, cycles_of
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.costs.work import front_end_work, op_work
from automl_edge.describe import describe_architecture
from automl_edge.domain.features import FeatureSpec, ImageSpec
from automl_edge.domain.footprint import Cost, Footprint, Source
from automl_edge.domain.memory import align
from automl_edge.domain.target import KernelSet, Target
from automl_edge.domain.workload import OpWork, Workload, by_layer
from automl_edge.features.sizes import FrontEndSizes, front_end_sizes

__all__ = ["describe_architecture", "footprint", "op_cycles", "part_cycles", "stack_bound"]

LABEL_BYTES = 12
"""Pointer to a label's text and the text: seven letters and a NUL are assumed."""

_BARE = "tensor"
"""The interface of a network without a front end, as the cost tables call it."""

_NO_FRONT_END = FrontEndSizes(0, 0, 0, 0, 0, 0, "image")


def footprint(
    workload: Workload,
    features: FeatureSpec | None,
    target: Target,
    corrections: Corrections = NO_CORRECTIONS,
) -> Footprint:
    """What ``workload`` behind the front end for ``features`` takes on ``target``.

    ``features`` is None for a bare model, whose input the application writes. Figures
    are ``predicted``, or ``estimated`` where the target's core cannot be linked for.
    ``corrections`` change the latency and the stack, which the tables bound; other sizes follow
    from the tables to within half a percent, so that there is nothing to learn for them.
    """
    core, kernels = target.core, target.kernels
    layers, demands = _layers(workload, core, kernels)
    fused, arena = fused_with_arena(workload, kernels, _input_in_arena(features), demands)
    if fused is not workload:
        workload, layers = fused, _layers(fused, core, kernels)[0]
    sizes, front_end = _front_end(features, core, kernels)
    used = frozenset().union(*[layer.kernels for layer in layers])
    kind = sizes.kind if features else _BARE
    code, binds, bound = _code_and_stack(used, kind, core, kernels)
    stack = round(bound * corrections.factor(binds))
    source = Source.PREDICTED if target.toolchain else Source.ESTIMATED
    parts = (
        _cost(front_end, front_end.name, target, corrections),
        *[
            _cost(layer, f"{number} {layer.name}", target, corrections)
            for number, layer in enumerate(layers)
        ],
        Cost("code", flash_bytes=code),
        Cost("labels", flash_bytes=_labels(workload, features)),
        Cost("arena", ram_bytes=align(max(arena, sizes.scratch_bytes))),
        Cost("stack", ram_bytes=stack),
    )
    return Footprint(
        flash_bytes=sum([part.flash_bytes for part in parts]),
        ram_bytes=sum([part.ram_bytes for part in parts]),
        latency_ms=sum([part.latency_ms for part in parts]),
        macs=workload.macs,
        parts=parts,
        flash_source=source,
        ram_source=source,
        latency_source=source,
        caller_bytes=sizes.caller_bytes,
        stack_bytes=stack,
    )


def _input_in_arena(features: FeatureSpec | None) -> bool:
    """Features of sound and motion lie in the front end's state and are read there."""
    return features is None or isinstance(features, ImageSpec)


class _Part(NamedTuple):
    """What an operator or the front end takes on a core. Cycles are by the cost tables, and
    ``kind`` is the kind of code that corrects them; ``kernels`` are those that are called."""

    name: str
    flash_bytes: int
    ram_bytes: int
    cycles: float
    kind: str
    streams_weights: bool = False
    kernels: frozenset[str] = frozenset()


def _layers(workload: Workload, core: str, kernels: KernelSet) -> tuple[list[_Part], list[Demand]]:
    sizes = workload.buffers
    found = [
        _layer(op, core, kernels, sizes[op.inputs[0]], sizes[op.output]) for op in workload.ops
    ]
    return [part for part, _ in found], [demand for _, demand in found]


@by_layer
def _layer(
    op: OpWork, core: str, kernels: KernelSet, in_bytes: int, out_bytes: int
) -> tuple[_Part, Demand]:
    """All that is known of an operator alone, of which the buffers have these sizes."""
    costs = core_costs(core, kernels)
    runs = runs_of(op, kernels)
    part = _Part(
        op.label,
        _flash(op, runs, round(costs.run.call_bytes)),
        0,
        _cycles(costs, runs),
        _kind(op, runs[0].kernel),
        op.streams_weights,
        frozenset(run.kernel for run in runs),
    )
    return part, demand_of(op, runs, in_bytes, out_bytes)


@lru_cache(maxsize=4096)
def _front_end(
    features: FeatureSpec | None, core: str, kernels: KernelSet
) -> tuple[FrontEndSizes, _Part]:
    cost = core_costs(core, kernels).front_ends[_calibrated(features)]
    sizes = front_end_sizes(features) if features else _NO_FRONT_END
    return sizes, _Part(
        "front end" if features else "interface",
        sizes.table_bytes + sizes.struct_bytes + round(cost.interface_bytes),
        sizes.state_bytes,
        cycles_of(cost, front_end_work(features)) if features else 0.0,
        _front_end_kind(sizes.kind),
    )


def _cost(part: _Part, name: str, target: Target, corrections: Corrections) -> Cost:
    cycles = part.cycles * corrections.factor(part.kind)
    time = target.milliseconds(cycles, part.streams_weights)
    return Cost(name, part.flash_bytes, part.ram_bytes, time)


def _flash(op: OpWork, runs: Sequence[Run], call_bytes: int) -> int:
    """Weights, tables, argument structs and calls; the runs of a part share what they can."""
    if not op.parts:
        kernel = runs[0].kernel
        own = weight_bytes(op, kernel) + table_bytes(op, kernel)
        return own + STRUCT_BYTES[kernel] + call_bytes
    kernels = {run.part: run.kernel for run in runs if run.kernel != MOVE}
    structs = {(run.part, run.kernel, run.arguments): run.kernel for run in runs}
    constants = sum(
        weight_bytes(part, kernels[number]) + table_bytes(part, kernels[number])
        for number, part in enumerate(op.parts)
    )
    return (
        constants
        + sum(STRUCT_BYTES[kernel] for kernel in structs.values())
        + call_bytes * len(runs)
    )


def _labels(workload: Workload, features: FeatureSpec | None) -> int:
    return 0 if features is None else LABEL_BYTES * workload.buffers[workload.output]


def op_cycles(
    workload: Workload,
    target: Target,
    corrections: Corrections = NO_CORRECTIONS,
    kernels: Sequence[str] | None = None,
) -> tuple[float, ...]:
    """Predicted cycles of each operator of ``workload``, memory without wait states.

    ``kernels`` are those that run them, where that is known better than from a description.
    """
    kernels = kernels or [runs_of(op, target.kernels)[0].kernel for op in workload.ops]
    parts = part_cycles(workload, kernels, None, target)
    return tuple(cycles * corrections.factor(kind) for kind, cycles in parts)


def part_cycles(
    workload: Workload, kernels: Sequence[str], features: FeatureSpec | None, target: Target
) -> tuple[tuple[str, float], ...]:
    """(kind, cycles) by the cost tables, of the front end, if there is one, and each operator.

    ``kernels`` are those that run the operators, which may not be what a description suggests.
    """
    costs = core_costs(target.core, target.kernels)
    parts = []
    if features is not None:
        sizes = front_end_sizes(features)
        cycles = cycles_of(costs.front_ends[sizes.kind], front_end_work(features))
        parts.append((_front_end_kind(sizes.kind), cycles))
    for op, kernel in zip(workload.ops, kernels, strict=True):
        runs = runs_of(op, target.kernels) if op.parts else [run_by(op, kernel)]
        parts.append((_kind(op, kernel), _cycles(costs, runs)))
    return tuple(parts)


def stack_bound(
    kernels: Sequence[str], features: FeatureSpec | None, target: Target
) -> tuple[str, int]:
    """(kind, bytes) of the stack by the cost tables: ``kind`` names what it is deepest in, the
    front end or a kernel."""
    called = frozenset(kernels)
    return _code_and_stack(called, _calibrated(features), target.core, target.kernels)[1:]


@lru_cache(maxsize=4096)
def _code_and_stack(
    called: frozenset[str], front_end: str, core: str, kernels: KernelSet
) -> tuple[int, str, int]:
    """Bytes of code, and what ``stack_bound`` gives: a search asks for few sets of kernels."""
    costs = core_costs(core, kernels)
    cost = costs.front_ends[front_end]
    depths = ((costs.kernels[kernel].stack_bytes, kernel) for kernel in called)
    depth, deepest = max(depths, default=(0, "network"))
    network = costs.run.stack_bytes + depth
    name = _front_end_kind(front_end) if cost.stack_bytes > network else deepest
    stack = cost.interface_stack_bytes + max(cost.stack_bytes, network)
    return costs.code_bytes(called, front_end), f"stack {name}", stack


def _calibrated(features: FeatureSpec | None) -> str:
    """The kind of front end, or of none, by which the cost tables have it."""
    return front_end_sizes(features).kind if features else _BARE


def _front_end_kind(kind: str) -> str:
    return f"front end {kind}"


def _kind(op: OpWork, kernel: str) -> str:
    """What corrects the cycles of ``op``, whose first run is one of ``kernel``."""
    return "row bands" if op.parts else kernel


def _cycles(costs: CoreCosts, runs: Sequence[Run]) -> float:
    return sum(_run_cycles(costs, run.work, run.kernel, run.scratch) for run in runs)


def _run_cycles(costs: CoreCosts, op: OpWork, kernel: str, scratch: int) -> float:
    """Cycles of one run; of one that adds its results, those of its pieces and their sums."""
    if not op.adds:
        return cycles_of(costs.kernels[kernel], op_work(op, kernel, scratch))
    alone, sums = halves(op)
    pieces, rows = piece_calls(op)
    kernel = summed(kernel)
    scratch = scratch_bytes(alone, kernel)
    parts = (
        (costs.kernels[kernel], op_work(alone, kernel, scratch), pieces),
        (costs.kernels["add"], op_work(sums, "add", 0), rows),
    )
    return sum(cycles_of(cost, (calls * work[0], *work[1:])) for cost, work, calls in parts)
