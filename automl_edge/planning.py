"""What is feasible, before any training: size and speed are known before the weights are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from automl_edge.costs.correction import MeasuredModel
from automl_edge.costs.kept import keep
from automl_edge.domain.candidate import Candidate
from automl_edge.domain.dataset import Dataset
from automl_edge.domain.footprint import Resource
from automl_edge.domain.optimize import Optimize, optimised
from automl_edge.domain.run import Note, OnEvent, Progress, StageStarted
from automl_edge.export.c_library import build_library
from automl_edge.export.golden import random_windows
from automl_edge.export.library import Origin
from automl_edge.export.reference import Reference
from automl_edge.feedback import measured
from automl_edge.report.model import DataSummary, FootprintPair, Parity, TargetSummary
from automl_edge.report.results import Outlook, Plan, PlanRow
from automl_edge.report.searched import CorrectionSummary
from automl_edge.search.problem import Problem
from automl_edge.search.remedies import remedies
from automl_edge.search.sampling import sample_feasible
from automl_edge.training import untrained_tflite
from automl_edge.verify import verify
from automl_edge.version import __version__

POOL = 400
"""Feasible candidates that are looked at; a plan needs the range, not the best."""

ROWS_PER_SPACE = 3

LOOKED_AT = 150
"""Feasible candidates that an outlook rates: it has to be there at once."""


def would_fit_as_size(problem: Problem, seed: int) -> bool:
    """Whether SIZE would let something fit, predicted, where the target's own kernels do not."""
    target = optimised(problem.target, Optimize.SIZE)
    if target == problem.target:
        return False
    sampler = sample_feasible(problem.spaces, problem.task, target, problem.budget, seed)
    return next(sampler, None) is not None


def make_outlook(problem: Problem, seed: int) -> Outlook:
    """What is possible within the budget as predicted: nothing is built or trained."""
    sampler = sample_feasible(
        problem.spaces, problem.task, problem.target, problem.budget, seed, problem.corrections
    )
    pool = list(islice(sampler, LOOKED_AT))
    tally = sampler.tally
    nearest = tally.nearest.footprint.violations(problem.budget) if tally.nearest else ()
    by_work = sorted((each.footprint for each in pool), key=lambda cost: cost.macs)
    return Outlook(
        budget=problem.budget,
        sampled=tally.sampled,
        feasible=tally.feasible,
        smallest=by_work[0] if by_work else None,
        largest=by_work[-1] if by_work else None,
        missing=nearest if not pool else (),
    )


def make_plan(problem: Problem, dataset: Dataset, seed: int, on_event: OnEvent) -> Plan:
    """Rate many candidates of ``problem``; build, link and run a few of them, untrained.

    For each space the cheapest, a middling and the largest that fit are built. When
    nothing fits, the nearest is. What measuring them teaches is kept for later runs.
    """
    sampler = sample_feasible(
        problem.spaces, problem.task, problem.target, problem.budget, seed, problem.corrections
    )
    pool = list(islice(sampler, POOL))
    tally = sampler.tally
    chosen = _spread(pool) if pool else [tally.nearest] if tally.nearest else []
    on_event(StageStarted("build", f"building {len(chosen)} untrained candidates"))
    rows: list[PlanRow] = []
    lessons: list[MeasuredModel] = []
    for number, candidate in enumerate(chosen):
        row, lesson = _row(candidate, problem, dataset, seed)
        rows.append(row)
        lessons += [lesson] if lesson else []
        on_event(Progress(number + 1, len(chosen)))
    binding = _binding(rows, problem)
    if note := keep(problem.target, lessons):
        on_event(Note(note))
    return Plan(
        data=DataSummary.of(dataset),
        target=TargetSummary.of(problem.target),
        budget=problem.budget,
        optimize=problem.optimize,
        sampled=tally.sampled,
        feasible=tally.feasible,
        binding=binding,
        size_would_fit=binding is not None and would_fit_as_size(problem, seed),
        rows=tuple(sorted(rows, key=lambda row: row.footprint.measured.latency_ms)),
        corrections=CorrectionSummary.of(problem.corrections),
        remedies=remedies(problem, tally),
    )


def _spread(pool: Sequence[Candidate]) -> list[Candidate]:
    """Of each space the cheapest, a middling and the largest by multiply-accumulates."""
    chosen = []
    for space in sorted({candidate.space for candidate in pool}):
        own = sorted(
            (candidate for candidate in pool if candidate.space == space),
            key=lambda candidate: candidate.footprint.macs,
        )
        places = np.linspace(0, len(own) - 1, min(ROWS_PER_SPACE, len(own)))
        chosen += [own[round(place)] for place in places]
    return chosen


def _row(
    candidate: Candidate, problem: Problem, dataset: Dataset, seed: int
) -> tuple[PlanRow, MeasuredModel | None]:
    """``candidate`` with random weights: converted, compiled, compared, linked and run; and
    what that taught."""
    features = candidate.design.features
    model = untrained_tflite(candidate.design.architecture)
    origin = Origin(__version__, seed, kernels=problem.target.kernels, optimize=problem.optimize)
    library = build_library(model, features, dataset.classes, 0.0, "plan", origin)
    windows = random_windows(library.info)
    shown = verify(
        library.sources,
        Reference(model, features),
        ((f"random {index}", (window,)) for index, window in enumerate(windows)),
    )
    found = measured(library, problem.target, candidate.footprint)
    row = PlanRow(
        space=candidate.space,
        values=dict(candidate.values),
        footprint=FootprintPair(candidate.footprint, found.footprint),
        fits=not found.footprint.violations(problem.budget),
        parity=Parity(shown.samples, shown.identical, shown.oracle),
    )
    return row, found.lesson


def _binding(rows: Sequence[PlanRow], problem: Problem) -> Resource | None:
    """The worst broken ceiling of the nearest row, if no row fits."""
    if any(row.fits for row in rows):
        return None
    broken = [row.footprint.measured.violations(problem.budget)[0] for row in rows]
    return min(broken, key=lambda violation: violation.excess).resource if broken else None
