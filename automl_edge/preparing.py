"""What is asked for made ready: goal, data, task, and the problem to be searched."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from automl_edge.backbones import IDENTITY, check_backbone, find_backbones, identity
from automl_edge.catalog import load_space, load_target, space_names, spaces_for
from automl_edge.costs.correction import Corrections
from automl_edge.costs.kept import read_kept
from automl_edge.deliver import Goal
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Dataset, Part
from automl_edge.domain.optimize import optimised
from automl_edge.domain.run import FitSpec, Note, OnEvent, StageStarted
from automl_edge.domain.target import Budget
from automl_edge.errors import TargetError
from automl_edge.export.names import check_symbol
from automl_edge.ingest import IngestOptions, count_windows, make_task, read_dataset
from automl_edge.search import Problem
from automl_edge.search.journal import Identity
from automl_edge.training import BackboneWeights

DIGITS = 12


def goal_of(spec: FitSpec) -> Goal:
    """Target and budget of ``spec``; raises AutomlEdgeError for names that are not right."""
    check_symbol(spec.name)
    target = optimised(load_target(spec.target), spec.optimize)
    if spec.space is not None:
        load_space(spec.space)  # a misspelt name is told before the data is read
    check_backbone(spec)
    return Goal(spec, target, Budget.of(target, spec.flash, spec.ram, spec.latency_ms))


def read(spec: FitSpec, workspace: Path, on_event: OnEvent) -> Dataset:
    """The samples of ``spec``, unpacked into ``workspace`` if need be; raises DataError."""
    on_event(StageStarted("read", f"reading {spec.data}"))
    options = IngestOptions(spec.modality, spec.group_by, spec.split, spec.test)
    dataset = read_dataset(spec.data, options, workspace)
    for note in dataset.notes:
        on_event(Note(note))
    if dataset.set_aside:
        count = len(dataset.set_aside)
        files = "1 file is" if count == 1 else f"{count} files are"
        on_event(Note(f"{files} set aside; the report lists them"))
    return dataset


def kept_corrections(goal: Goal, on_event: OnEvent) -> Corrections:
    """What earlier runs learnt about the predictor on the target's core."""
    corrections, note = read_kept(goal.target)
    tell(note, on_event)
    return corrections


def tell(note: str, on_event: OnEvent) -> None:
    """Pass on ``note``, unless it is empty."""
    if note:
        on_event(Note(note))


def task_of(
    goal: Goal, dataset: Dataset, on_event: OnEvent
) -> tuple[Task, tuple[BackboneWeights, ...]]:
    """What spaces are asked to solve, and the pretrained weights that it tells them of."""
    task = make_task(dataset)
    backbones = find_backbones(goal.spec, task, goal.budget.flash_bytes, on_event)
    return replace(task, backbones=tuple(each.backbone for each in backbones)), backbones


def problem_of(goal: Goal, dataset: Dataset, task: Task, corrections: Corrections) -> Problem:
    """What is to be searched; raises TargetError for a space that is not for such data."""
    named = goal.spec.space
    families = {backbone.family for backbone in task.backbones}
    spaces = (load_space(named),) if named else spaces_for(dataset.modality, families)
    unfit = [space.NAME for space in spaces if dataset.modality not in space.MODALITIES]
    if unfit:
        raise TargetError(
            f"the search space {unfit[0]} is not for {dataset.modality.value} data",
            f"For it there are {', '.join(s.NAME for s in spaces_for(dataset.modality))}.",
        )
    return Problem(
        spaces,
        task,
        goal.target,
        goal.budget,
        corrections,
        goal.spec.optimize,
        sum(dataset.counts(Part.VALIDATION)),
    )


def windows_in(dataset: Dataset, task: Task, part: Part) -> int:
    """How many there are in ``part`` where they are as long as they may be."""
    samples = dataset.part(part)
    if not task.seconds:
        return len(samples)
    return sum(count_windows(sample.seconds, task.seconds) for sample in samples)


def identity_of(
    problem: Problem, dataset: Dataset, spec: FitSpec, backbones: tuple[BackboneWeights, ...]
) -> Identity:
    """What must be the same when a run is resumed."""
    budget = problem.budget
    return {
        "data": dataset.content_hash,
        "target": problem.target.name,
        "flash": budget.flash_bytes,
        "ram": budget.ram_bytes,
        "latency_ms": budget.latency_ms,
        "optimize": problem.optimize.value,
        IDENTITY: identity(backbones),
        "spaces": _spaces(problem, spec),
        "seed": spec.seed,
    }


def _spaces(problem: Problem, spec: FitSpec) -> list[str]:
    """Their names; of the user's own file what it says, too, as a digest."""
    names = [space.NAME for space in problem.spaces]
    if spec.space is None or spec.space in space_names():
        return names
    digest = hashlib.sha256(Path(spec.space).expanduser().read_bytes()).hexdigest()
    return [f"{name} {digest[:DIGITS]}" for name in names]
