"""How far predictions lie from what the linked firmware says and does.

    python benchmarks/estimates.py [--cores CORE...] [--modality M...] [--count 50] [--seed 1]

Needs the ``device`` extra. Of each modality ``--count`` random candidates that fit the target
are converted with random weights, compiled, linked and run on the emulated core. Latency is
predicted three times: by the cost tables alone, corrected by what the candidates before
taught, as it is while a search runs, and by what all the others taught, never by the candidate
itself. Links and runs are kept in the cache, so that a run that was stopped goes on where it
was, and a second one takes a second a candidate.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from calibration.library import LABELS, TASKS

from automl_edge.catalog import load_target, spaces_for
from automl_edge.cost import describe_architecture, footprint, part_cycles
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.device.measure import core_run
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.dataset import Modality
from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.footprint import Figures
from automl_edge.domain.target import Budget, Target
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Library, Origin
from automl_edge.feedback import Measured, measured
from automl_edge.search.sampling import sample_feasible
from automl_edge.training import untrained_tflite

MOST_CYCLES = 20_000_000
"""Longer candidates are not drawn; the emulated core runs so many in about three seconds."""

LIMITS = {"flash": 0.03, "RAM": 0.03, "latency": 0.10}
CORRECTED = "latency, by all others"
HEADER = """
| core | kernels | modality | figure | mean | 90th percentile | worst | over the limit |
|---|---|---|---|---:|---:|---:|---:|"""


@dataclass(frozen=True)
class Example:
    """A candidate, built and measured."""

    candidate: Candidate
    library: Library
    found: Measured

    @property
    def features(self) -> FeatureSpec:
        return self.candidate.design.features

    def predicted(self, target: Target, corrections: Corrections = NO_CORRECTIONS) -> Figures:
        """As the search rates it: from the description."""
        workload = describe_architecture(self.candidate.design.architecture)
        return footprint(workload, self.features, target, corrections).figures


def examples(modality: Modality, target: Target, count: int, seed: int) -> Iterator[Example]:
    """Random candidates that fit the target and MOST_CYCLES."""
    budget = Budget.of(target)
    latency = min(budget.latency_ms, target.milliseconds(MOST_CYCLES))
    sampler = sample_feasible(
        spaces_for(modality),
        TASKS[modality],
        target,
        replace(budget, latency_ms=latency),
        seed,
    )
    for candidate in islice(sampler, count):
        design = candidate.design
        model = untrained_tflite(design.architecture)
        origin = Origin("benchmark", kernels=target.kernels)
        library = build_library(model, design.features, LABELS, 0.0, "model", origin)
        found = measured(library, target, candidate.footprint)
        if found.lesson is None:
            raise SystemExit(f"{target.name} cannot be emulated here")
        yield Example(candidate, library, found)


def corrections_for(example: Example, others: Sequence[Example]) -> Corrections:
    """What ``others`` taught, designs that are the same but for their training left out."""
    own = example.found.lesson.key
    lessons = {other.found.lesson.key: other.found.lesson for other in others}
    return Corrections(tuple(lesson for key, lesson in lessons.items() if key != own))


def errors(built: Sequence[Example], target: Target) -> dict[str, np.ndarray]:
    """Predicted over measured, less 1, by figure."""
    rows = []
    for number, example in enumerate(built):
        found, plain = example.found.footprint.figures, example.predicted(target)
        running, corrected = (
            example.predicted(target, corrections_for(example, others))
            for others in (built[:number], built)
        )
        rows.append(
            (
                plain.flash_bytes / found.flash_bytes,
                plain.ram_bytes / found.ram_bytes,
                corrected.ram_bytes / found.ram_bytes,
                plain.latency_ms / found.latency_ms,
                running.latency_ms / found.latency_ms,
                corrected.latency_ms / found.latency_ms,
            )
        )
    names = (
        *("flash", "RAM", "RAM, by all others"),
        *("latency", "latency, by those before", CORRECTED),
    )
    return dict(zip(names, np.array(rows).T - 1, strict=True))


def print_errors(name: str, found: dict[str, np.ndarray]) -> None:
    for figure, error in found.items():
        size = np.abs(error)
        limit = LIMITS[figure.partition(",")[0]]
        print(
            f"| {name} | {figure} | {size.mean():.2%} | {np.quantile(size, 0.9):.2%} "
            f"| {error[size.argmax()]:+.2%} | {(size > limit).sum()} of {len(size)} |",
            flush=True,
        )


def print_worst(example: Example, number: int, target: Target, error: float) -> None:
    """The candidate's parts: kernel, cycles by the cost tables and measured, shapes."""
    network = example.library.network
    run = core_run(example.library.sources, target, example.candidate.footprint)
    assert run is not None  # examples() has checked
    layers = [part.cycles for part in run.layers]
    took = [run.cycles - sum(layers), *layers]
    said = part_cycles(network.workload, network.main_kernels, example.features, target)
    shapes = [str(example.features)]
    shapes += [
        f"{op.in_shape} to {op.out_shape}, {op.kernel} by {op.stride}"
        for op in network.workload.ops
    ]
    print(
        f"\nWorst latency, by all others: candidate {number}, {example.candidate.space}, "
        f"{error:+.1%} of {example.found.footprint.latency_ms:.2f} ms\n"
    )
    print(f"    {'part':20} {'tables say':>12} {'measured':>12}")
    for (kind, predicted), cycles, shape in zip(said, took, shapes, strict=True):
        print(
            f"    {kind:20} {predicted:12,.0f} {cycles:12,} {predicted / cycles - 1:+6.1%} {shape}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", nargs="+", default=["cortex-m4"])
    parser.add_argument("--modality", nargs="+", type=Modality, default=list(Modality))
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for core in options.cores:
        target = load_target(core)
        for modality in options.modality:
            built = list(examples(modality, target, options.count, options.seed))
            found = errors(built, target)
            print(HEADER)
            print_errors(f"{core} | {target.kernels} | {modality}", found)
            worst = int(np.abs(found[CORRECTED]).argmax())
            error = float(found[CORRECTED][worst])
            print_worst(built[worst], worst, target, error)


if __name__ == "__main__":
    main()
