"""Looks for the smallest change that would let something fit: arithmetic, nothing is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from automl_edge.cost import describe_architecture, footprint
from automl_edge.domain.architecture import Architecture
from automl_edge.domain.candidate import Design
from automl_edge.domain.features import FeatureSpec, ImageSpec, LogMelSpec
from automl_edge.domain.footprint import Violation
from automl_edge.domain.remedies import Remedies
from automl_edge.errors import TargetError
from automl_edge.features.limits import check_spec
from automl_edge.search.problem import Problem
from automl_edge.search.sampling import Tally, sample_feasible

STEPS = 8
"""Front ends are reduced by so many parts of their size, one at a time, to a quarter."""


def remedies(problem: Problem, tally: Tally) -> Remedies | None:
    """What would help, by what sampling saw; None where something fits."""
    if tally.feasible or tally.nearest is None:
        return None
    design = tally.nearest.design
    smaller = _smaller_that_fits(problem, design)
    return Remedies(tally.relaxed, tally.violations, design.features, smaller)


def find_remedies(problem: Problem, seed: int) -> Remedies | None:
    """The same after sampling designs of ``problem`` anew, until one fits or none seems to."""
    sampler = sample_feasible(
        problem.spaces, problem.task, problem.target, problem.budget, seed, problem.corrections
    )
    next(sampler, None)
    return remedies(problem, sampler.tally)


def measured_remedies(features: FeatureSpec, broken: tuple[Violation, ...]) -> Remedies:
    """The same where designs were predicted to fit and none did as measured: what the nearest, with
    these ``features``, breaks."""
    return Remedies(broken if len(broken) == 1 else (), broken, features, None, measured=True)


def _smaller_that_fits(problem: Problem, design: Design) -> FeatureSpec | None:
    for spec in _smaller(design.features):
        network = Architecture(spec.output_shape, design.architecture.layers)
        try:
            check_spec(spec)
            workload = describe_architecture(network)
        except (TargetError, ValueError):
            continue  # a window or pool of this network is larger than what is left
        cost = footprint(workload, spec, problem.target, problem.corrections)
        if not cost.violations(problem.budget):
            return spec
    return None


def _smaller(spec: FeatureSpec) -> Iterator[FeatureSpec]:
    """``spec`` with fewer pixels, mel bins or rows, from large to small, each once."""
    before = spec
    for parts in range(STEPS - 1, STEPS // 4 - 1, -1):
        reduced = _reduced(spec, parts / STEPS)
        if reduced != before:
            yield reduced
        before = reduced


def _reduced(spec: FeatureSpec, share: float) -> FeatureSpec:
    if isinstance(spec, ImageSpec):
        height, width = round(spec.height * share), round(spec.width * share)
        return replace(spec, height=height, width=width)
    if isinstance(spec, LogMelSpec):
        return replace(spec, mel_bins=round(spec.mel_bins * share))
    return replace(spec, window=round(spec.window * share))
