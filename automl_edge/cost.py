"""Predicts flash, RAM and latency of a network and its front end from descriptions alone.

Pure arithmetic over calibration data (``automl_edge/costs``): no Keras, no conversion, no
compiler, a fraction of a millisecond a candidate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from automl_edge.compiler.fuse import fuse_sums, halves
from automl_edge.compiler.pieces import piece_calls
from automl_edge.compiler.plan import arena_size
from automl_edge.compiler.sizes import (
    STRUCT_BYTES,
    kernel_of,
    scratch_bytes,
    summed,
    table_bytes,
    weight_bytes,
)
from automl_edge.costs import CoreCosts, FrontEndCost, code_bytes, core_costs, cycles_of
from automl_edge.costs.work import front_end_work, op_work
from automl_edge.describe import describe_architecture
from automl_edge.domain.features import FeatureSpec, ImageSpec
from automl_edge.domain.footprint import Cost, Footprint, Source
from automl_edge.domain.memory import align
from automl_edge.domain.target import Target
from automl_edge.domain.workload import OpWork, Workload
from automl_edge.features.sizes import FrontEndSizes, front_end_sizes

__all__ = ["describe_architecture", "footprint"]

LABEL_BYTES = 12
"""Pointer to a label's text and the text: seven letters and a NUL are assumed."""

_NO_FRONT_END = FrontEndSizes(0, 0, 0, 0, 0, 0, "image")


def footprint(workload: Workload, features: FeatureSpec | None, target: Target) -> Footprint:
    """What ``workload`` behind the front end for ``features`` takes on ``target``.

    ``features`` is None for a bare model, whose input the application writes. Figures
    are ``predicted``, or ``estimated`` where the target's core cannot be linked for.
    """
    costs = core_costs(target.core, target.kernels.value)
    in_arena = _input_in_arena(features)
    workload = fuse_sums(workload, target.kernels, in_arena)
    source = Source.PREDICTED if target.toolchain else Source.ESTIMATED
    sizes = front_end_sizes(features) if features else _NO_FRONT_END
    kind = sizes.kind if features else "tensor"
    front_end = costs.front_ends[kind]
    kernels = [kernel_of(op, target.kernels) for op in workload.ops]
    scratch = _scratch(workload, kernels)
    used = frozenset(kernels)
    deepest = max((costs.kernels[kernel].stack_bytes for kernel in used), default=0)
    network_stack = costs.run.stack_bytes + deepest
    stack = front_end.interface_stack_bytes + max(front_end.stack_bytes, network_stack)
    arena = arena_size(workload, kernels, scratch, in_arena)
    code = code_bytes(target.core, target.kernels.value, used, kind)
    parts = (
        _front_end(sizes, front_end, features, target),
        *_layers(workload, kernels, scratch, costs, target),
        Cost("code", flash_bytes=code),
        Cost("labels", flash_bytes=_labels(workload, features)),
        Cost("arena", ram_bytes=align(max(arena, sizes.scratch_bytes))),
        Cost("stack", ram_bytes=stack),
    )
    return Footprint(
        flash_bytes=sum(part.flash_bytes for part in parts),
        ram_bytes=sum(part.ram_bytes for part in parts),
        latency_ms=sum(part.latency_ms for part in parts),
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


def _scratch(workload: Workload, kernels: Sequence[str]) -> list[int]:
    """Arena bytes that each operator needs while it runs; only some layers with weights do."""
    pairs = zip(workload.ops, kernels, strict=True)
    return [scratch_bytes(op, kernel) if op.channels else 0 for op, kernel in pairs]


def _layers(
    workload: Workload,
    kernels: Sequence[str],
    scratch: Sequence[int],
    costs: CoreCosts,
    target: Target,
) -> Iterator[Cost]:
    call_bytes = round(costs.run.call_bytes)
    for number, op in enumerate(workload.ops):
        kernel = kernels[number]
        yield Cost(
            f"{number} {op.label}",
            weight_bytes(op, kernel) + table_bytes(op, kernel) + STRUCT_BYTES[kernel] + call_bytes,
            0,
            target.milliseconds(_cycles(costs, op, kernel, scratch[number]), op.streams_weights),
        )


def _front_end(
    sizes: FrontEndSizes, cost: FrontEndCost, features: FeatureSpec | None, target: Target
) -> Cost:
    cycles = cycles_of(cost, front_end_work(features)) if features else 0.0
    return Cost(
        "front end" if features else "interface",
        flash_bytes=sizes.table_bytes + sizes.struct_bytes + round(cost.interface_bytes),
        ram_bytes=sizes.state_bytes,
        latency_ms=target.milliseconds(cycles),
    )


def _labels(workload: Workload, features: FeatureSpec | None) -> int:
    return 0 if features is None else LABEL_BYTES * workload.buffers[workload.output]


def op_cycles(workload: Workload, target: Target) -> tuple[float, ...]:
    """Predicted cycles of each operator of ``workload``, memory without wait states."""
    costs = core_costs(target.core, target.kernels.value)
    kernels = [kernel_of(op, target.kernels) for op in workload.ops]
    steps = zip(workload.ops, kernels, _scratch(workload, kernels), strict=True)
    return tuple(_cycles(costs, op, kernel, scratch) for op, kernel, scratch in steps)


def _cycles(costs: CoreCosts, op: OpWork, kernel: str, scratch: int) -> float:
    """Cycles of ``op``; of one that adds its results, those of its pieces and of their sums."""
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
