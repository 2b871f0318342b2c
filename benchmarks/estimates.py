"""How far predictions lie from what the linked firmware says and does.

    python benchmarks/estimates.py [--target cortex-m4] [--count 50] [--seed 1]

Needs the ``device`` extra. Of each modality ``--count`` random candidates that fit the target
are converted with random weights, compiled, linked and run on the emulated core.
"""

from __future__ import annotations

import argparse
from itertools import islice

import numpy as np
from calibration.library import LABELS, TASKS

from automl_edge.catalog import load_target, spaces_for
from automl_edge.device.measure import measure
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.dataset import Modality
from automl_edge.domain.footprint import Footprint, Source
from automl_edge.domain.target import Budget, Target
from automl_edge.export.c_library import build_library
from automl_edge.export.library import Origin
from automl_edge.search.sampling import sample_feasible
from automl_edge.training import untrained_tflite


def measured(candidate: Candidate, target: Target) -> Footprint:
    """What ``candidate`` takes, its weights being random."""
    design = candidate.design
    model = untrained_tflite(design.architecture)
    origin = Origin("benchmark", kernels=target.kernels)
    library = build_library(model, design.features, LABELS, 0.0, "model", origin)
    found = measure(library.sources, target, candidate.footprint)
    assert found.latency_source is Source.EMULATED, found.latency_source
    return found


def errors(modality: Modality, target: Target, count: int, seed: int) -> np.ndarray:
    """Relative errors of flash, RAM and latency: (candidates, 3)."""
    sampler = sample_feasible(
        spaces_for(modality), TASKS[modality], target, Budget.of(target), seed=seed
    )
    rows = []
    for candidate in islice(sampler, count):
        predicted, found = candidate.footprint, measured(candidate, target)
        rows.append(
            (
                predicted.flash_bytes / found.flash_bytes - 1,
                predicted.ram_bytes / found.ram_bytes - 1,
                predicted.latency_ms / found.latency_ms - 1,
            )
        )
    return np.array(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", default="cortex-m4")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    target = load_target(options.target)
    print("| modality | candidates | figure | mean error | mean size of error | largest |")
    print("|---|---:|---|---:|---:|---:|")
    for modality in Modality:
        found = errors(modality, target, options.count, options.seed)
        for column, figure in enumerate(("flash", "RAM", "latency")):
            error = found[:, column]
            largest = error[np.abs(error).argmax()]
            print(
                f"| {modality} | {len(error)} | {figure} | {error.mean():+.1%} "
                f"| {np.abs(error).mean():.1%} | {largest:+.1%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
