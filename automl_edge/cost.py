"""Predicts flash, RAM and latency of a network and its front end from descriptions alone.

Pure arithmetic over calibration data (``automl_edge/costs``): no Keras, no conversion, no
compiler, a fraction of a millisecond a candidate.
"""

from __future__ import annotations

from automl_edge.compiler.plan import plan_arena
from automl_edge.compiler.sizes import STRUCT_BYTES, kernel_of, scratch_bytes, table_bytes
from automl_edge.costs import CoreCosts, FrontEndCost, code_bytes, core_costs
from automl_edge.describe import describe_architecture
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec
from automl_edge.domain.footprint import Cost, Footprint, Source
from automl_edge.domain.target import Target
from automl_edge.domain.workload import OpWork, Workload
from automl_edge.features.sizes import FrontEndSizes, front_end_sizes

__all__ = ["arena_bytes", "describe_architecture", "footprint"]

CAMERA_FRAME = (120, 160)
"""Rows and columns of the camera frame that image latency is predicted for (QQVGA)."""

_NO_FRONT_END = FrontEndSizes(0, 0, 0, 0, 0, 0, "image")


def footprint(workload: Workload, features: FeatureSpec | None, target: Target) -> Footprint:
    """What ``workload`` behind the front end for ``features`` takes on ``target``.

    ``features`` is None for a bare model, whose input the application writes. Figures
    are ``predicted``, or ``estimated`` where the target's core cannot be linked for.
    """
    costs = core_costs(target.core, target.kernels.value)
    source = Source.PREDICTED if target.toolchain else Source.ESTIMATED
    milliseconds = 1000 * target.cycle_scale / target.clock_hz
    sizes = front_end_sizes(features) if features else _NO_FRONT_END
    kind = sizes.kind if features else "tensor"
    layers = _layers(workload, costs, milliseconds)
    front_end = _front_end(sizes, costs.front_ends[kind], features, milliseconds)
    stack = _stack(workload, costs, costs.front_ends[kind])
    parts = (
        front_end,
        *layers,
        _code(workload, costs, target, kind),
        Cost("arena", ram_bytes=max(arena_bytes(workload, features), sizes.scratch_bytes)),
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


def arena_bytes(workload: Workload, features: FeatureSpec | None) -> int:
    """The planned arena. Sound and motion features lie outside it, in the front end's state."""
    inside = features is None or isinstance(features, ImageSpec)
    scratch = [scratch_bytes(op) for op in workload.ops]
    plan, _, _ = plan_arena(workload, scratch, input_in_arena=inside)
    return plan.size


def _layers(workload: Workload, costs: CoreCosts, milliseconds: float) -> list[Cost]:
    parts = []
    for number, op in enumerate(workload.ops):
        kernel = costs.kernel(op.kind)
        tables = op.weight_bytes + table_bytes(op) + STRUCT_BYTES[kernel_of(op)]
        parts.append(
            Cost(
                f"{number} {op.kind.value}",
                flash_bytes=round(tables + costs.run.call_bytes),
                latency_ms=kernel.cycles(op) * milliseconds,
            )
        )
    return parts


def _front_end(
    sizes: FrontEndSizes, cost: FrontEndCost, features: FeatureSpec | None, milliseconds: float
) -> Cost:
    cycles = cost.per_call + cost.per_sample * samples_of(features) + cost.per_mac * sizes.macs
    return Cost(
        "front end",
        flash_bytes=sizes.table_bytes + sizes.struct_bytes + round(cost.flash_bytes),
        ram_bytes=sizes.state_bytes + round(cost.ram_bytes),
        latency_ms=cycles * milliseconds,
    )


def samples_of(features: FeatureSpec | None) -> int:
    """Samples that one classification takes in; of a photo, the pixels left by the crop."""
    if features is None:
        return 0
    if isinstance(features, LogMelSpec):
        return features.clip
    if isinstance(features, ImageSpec):
        rows, columns = CAMERA_FRAME
        height = min(rows, columns * features.height // features.width)
        width = min(columns, rows * features.width // features.height)
        return height * width
    return features.window * features.axes


def _code(workload: Workload, costs: CoreCosts, target: Target, front_end: str) -> Cost:
    kinds = frozenset(op.kind for op in workload.ops)
    functions = code_bytes(target.core, target.kernels.value, kinds, front_end)
    return Cost("code", flash_bytes=functions + round(costs.run.flash_bytes))


def _stack(workload: Workload, costs: CoreCosts, front_end: FrontEndCost) -> int:
    """The deeper of the front end's calls and the network's."""
    deepest = max((costs.kernel(kind).stack_bytes for kind in _kinds(workload.ops)), default=0)
    return max(front_end.stack_bytes, costs.run.stack_bytes + deepest)


def _kinds(ops: tuple[OpWork, ...]) -> set[str]:
    return {op.kind for op in ops}
