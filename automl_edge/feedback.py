"""A library measured on its core, and what that teaches the predictor."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from automl_edge.cost import part_cycles, stack_bound
from automl_edge.costs.correction import MeasuredModel, Share
from automl_edge.device.emulate import CoreRun
from automl_edge.device.measure import core_run, measure
from automl_edge.domain.footprint import Footprint
from automl_edge.domain.target import Target
from automl_edge.export.library import Library


@dataclass(frozen=True, slots=True)
class Measured:
    """What a library takes, and what was learnt from it: None where nothing was emulated."""

    footprint: Footprint
    lesson: MeasuredModel | None


def measured(library: Library, target: Target, predicted: Footprint) -> Measured:
    """Link ``library``, run it on the emulated core and compare with the cost tables.

    ``predicted`` says how long the run may take and fills in what cannot be measured.
    """
    found = measure(library.sources, target, predicted)
    run = core_run(library.sources, target, predicted)
    return Measured(found, _lesson(library, target, run) if run else None)


def _lesson(library: Library, target: Target, run: CoreRun) -> MeasuredModel:
    """Parts are compared by the kernels that ran them, layers that fell back to the portable
    ones included; the interface counts with the front end that it calls."""
    network, features = library.network, library.info.features
    predicted = part_cycles(network.workload, network.main_kernels, features, target)
    layers = [part.cycles for part in run.layers]
    around = sum(part.cycles for part in run.parts) - sum(layers)
    found = layers if features is None else [around, *layers]
    binds, bound = stack_bound(network.main_kernels, features, target)
    stack = Share(binds, 1.0, round(run.stack_bytes / bound, 6))
    facts = (network.workload.ops, network.main_kernels, features)
    return MeasuredModel.of(
        hashlib.sha256(repr(facts).encode()).hexdigest()[:24],
        ((kind, cycles, took) for (kind, cycles), took in zip(predicted, found, strict=True)),
        stack,
    )
