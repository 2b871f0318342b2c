"""A model that was profiled, and what a changed one would save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from automl_edge.compiler import Network, why_portable
from automl_edge.compiler.plan import arena_size
from automl_edge.compiler.sizes import kernel_of, scratch_bytes
from automl_edge.cost import footprint, op_cycles
from automl_edge.domain.footprint import Footprint
from automl_edge.domain.target import KernelSet, Target
from automl_edge.domain.workload import Workload
from automl_edge.report.profile import Advice, AdviceKind, LayerRow, Saving

LEAST_SHARE = 0.01
"""What saves a smaller part of flash, RAM and cycles is not worth a sentence."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A network on ``target``, its layers as ``profile`` shows them, and the whole's figures.

    ``plain`` is the target as it was before a wish was applied to it.
    """

    network: Network
    target: Target
    plain: Target
    layers: Sequence[LayerRow]
    measured: Footprint

    @property
    def workload(self) -> Workload:
        """What the chip has to do now."""
        return self.network.workload

    @property
    def cycles(self) -> int:
        """Cycles of all layers."""
        return sum(layer.cycles for layer in self.layers)

    def reasons(self) -> tuple[str | None, ...]:
        """Why each layer is left to the portable kernels, if it is."""
        return why_portable(self.network, self.target.kernels)

    def named(self, layer: int, word: str = "layer") -> str:
        """A layer in words; ``word`` is "Layer" where a sentence begins with it."""
        return f"{word} {layer} ({self.layers[layer].name})"

    def advice(
        self, kind: AdviceKind, layer: int | None, text: str, saves: Saving, retrain: bool = False
    ) -> tuple[Advice, ...]:
        """The advice, or nothing where it saves too little."""
        share = max(
            saves.flash_bytes / max(self.measured.flash_bytes, 1),
            saves.ram_bytes / max(self.measured.ram_bytes, 1),
            saves.cycles / max(self.cycles, 1),
        )
        if share < LEAST_SHARE:
            return ()
        return (Advice(kind, layer, text, saves, round(share, 4), retrain),)

    def saved_by(self, changed: Workload) -> Saving:
        """What ``changed`` would save, whose layers are known by the buffers that they write.

        Predicted before and after by the same cost tables and planner. Cycles are scaled,
        layer by layer, by what was measured over what was predicted for the present one.
        """
        now, then = (self._footprint(each, self.target) for each in (self.workload, changed))
        before = zip(self.layers, op_cycles(self.workload, self.target), strict=True)
        factors = [layer.cycles / cycles for layer, cycles in before]
        by_output = {op.output: f for op, f in zip(self.workload.ops, factors, strict=True)}
        after = zip(changed.ops, op_cycles(changed, self.target), strict=True)
        cycles = sum(cycles * by_output.get(op.output, 1.0) for op, cycles in after)
        return saving(now, then, self.cycles - cycles)

    def saved_on(self, target: Target) -> Saving:
        """What the same network would save on ``target``, another form of this one's."""
        now, then = (self._footprint(self.workload, each) for each in (self.target, target))
        before, after = (sum(op_cycles(self.workload, each)) for each in (self.target, target))
        return saving(now, then, self.cycles * (1 - after / before))

    def arena(self, workload: Workload, target: Target) -> int:
        """Bytes of arena of ``workload``, whose layers are known by the buffers that they write.

        Those whose numbers leave them to the portable kernels stay with them.
        """
        own = zip(self.workload.ops, self.network.main_kernels, strict=True)
        left = {op.output for op, kernel in own if kernel != kernel_of(op, self.target.kernels)}
        sets = [KernelSet.PORTABLE if op.output in left else target.kernels for op in workload.ops]
        kernels = [kernel_of(op, each) for op, each in zip(workload.ops, sets, strict=True)]
        steps = zip(workload.ops, kernels, strict=True)
        return arena_size(workload, kernels, [scratch_bytes(*step) for step in steps], True)

    def _footprint(self, workload: Workload, target: Target) -> Footprint:
        """Predicted, with the arena of the kernels that really run; RAM is arena and stack."""
        found = footprint(workload, None, target)
        return replace(found, ram_bytes=self.arena(workload, target) + found.stack_bytes)


def saving(now: Footprint, then: Footprint, cycles: float) -> Saving:
    """What ``then`` saves of ``now``, and so many ``cycles``."""
    return Saving(now.flash_bytes - then.flash_bytes, now.ram_bytes - then.ram_bytes, round(cycles))
