"""The way from a folder of samples to proven C. Every face calls this and nothing beside it.

folder or zip -> Dataset -> features (C) -> candidates within the budget -> trained
  -> int8 .tflite -> C library -> verified and measured -> report and exports
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from automl_edge.backbones import IDENTITY, check_backbone, find_backbones, identity
from automl_edge.catalog import load_space, load_target, spaces_for
from automl_edge.costs.correction import NO_CORRECTIONS, Corrections
from automl_edge.costs.kept import keep, read_kept
from automl_edge.deliver import Delivery, Goal, deliver
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Dataset, Part
from automl_edge.domain.optimize import optimised
from automl_edge.domain.run import (
    DEFAULT_TIME_LIMIT,
    FitSpec,
    Note,
    OnEvent,
    PickSpec,
    StageStarted,
    enough_once,
    ignore_events,
)
from automl_edge.domain.target import Budget
from automl_edge.errors import DataError, RunDirectoryError, TargetError
from automl_edge.export.names import check_symbol
from automl_edge.export.write import check_folder, claim_folder, write_bundle
from automl_edge.ingest import IngestOptions, count_windows, make_task, read_dataset
from automl_edge.material import Material
from automl_edge.picking import (
    Miss,
    first_within,
    is_measured,
    limits_of,
    place_for,
    points_for,
)
from automl_edge.planning import make_outlook, make_plan, would_fit_as_size
from automl_edge.report.files import read_report, write_report
from automl_edge.report.model import Report
from automl_edge.report.results import FitResult, Outlook, Plan
from automl_edge.report.searched import TrialPoint
from automl_edge.search import (
    Limits,
    Problem,
    SearchResult,
    Terms,
    check_workers,
    note_asked,
    open_run,
    read_asked,
    reopen_run,
    run_search,
    take_training,
)
from automl_edge.search.journal import Identity
from automl_edge.search.remedies import find_remedies
from automl_edge.training import BackboneWeights
from automl_edge.workshops import Equipment, crew_of, make_workshop

PROOF_SHARE = 0.05
LEAST_PROOF_SECONDS = 25.0
"""What is kept of the time limit for building, proving and measuring the winner."""


def run(spec: FitSpec, on_event: OnEvent = ignore_events) -> FitResult:
    """Fit ``spec.data`` to ``spec.target`` and write ``spec.out``.

    The result's report says whether the model fits or is the nearest. Raises
    AutomlEdgeError for everything that the user can mend, before anything is trained
    where that is possible. Killed at any moment, it goes on with ``spec.resume``.
    """
    began = time.monotonic()
    on_event = enough_once(on_event)
    check_workers(spec.workers)
    goal = _goal(spec)
    check_folder(spec.out)
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = _read(spec, Path(workspace), on_event)
        start = _kept(goal, on_event) if spec.learnt else NO_CORRECTIONS
        task, backbones = _task(goal, dataset, on_event)
        problem = _problem(goal, dataset, task, start)
        claim_folder(spec.out)
        material = Material(dataset)
        same = _identity(problem, dataset, spec, backbones)
        with open_run(spec.out, same, spec.resume) as journal:
            note_asked(journal, spec)
            workshop = make_workshop(goal, material, journal, backbones)
            equipment = Equipment(goal, dataset, backbones, journal.folder)
            with crew_of(equipment, workshop, on_event) as crew:
                found = run_search(
                    problem,
                    workshop,
                    _terms(spec, dataset, task, began),
                    on_event,
                    crew,
                )
            _told(keep(goal.target, found.learning.lessons), on_event)
            delivery = _delivered(goal, material, found, backbones, on_event)
            report = delivery.report
            fails = report.binding is not None
            if fails:
                report = replace(report, remedies=find_remedies(problem, spec.seed))
            write_bundle(delivery.bundle, spec.out)
            write_report(report, spec.out)
    return FitResult(report, spec.out, fails and would_fit_as_size(problem, spec.seed))


def plan(spec: FitSpec, on_event: OnEvent = ignore_events) -> Plan:
    """What is feasible for ``spec.data`` on ``spec.target``, without training anything."""
    goal = _goal(spec)
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = _read(spec, Path(workspace), on_event)
    task, _ = _task(goal, dataset, on_event)
    problem = _problem(goal, dataset, task, _kept(goal, on_event))
    return make_plan(problem, dataset, spec.seed, on_event)


def outlook(spec: FitSpec, dataset: Dataset, on_event: OnEvent = ignore_events) -> Outlook:
    """What the budget of ``spec`` leaves room for with ``dataset``, as predicted, in a second."""
    goal = _goal(spec)
    task, _ = _task(goal, dataset, on_event)
    return make_outlook(_problem(goal, dataset, task, _kept(goal, on_event)), spec.seed)


def pick(spec: PickSpec, on_event: OnEvent = ignore_events) -> FitResult:
    """Export another point of a finished run's front: built, proved and measured as ``run``
    does, on the run's own data. Nothing is trained, and the run's folder stays as it is.

    Raises AutomlEdgeError for everything that the user can mend: NothingFits where no point is
    within the limits, DataError and RunDirectoryError for data that moved or changed.
    """
    asked = read_asked(spec.run)
    before = read_report(spec.run)
    points = points_for(spec, before)
    check_folder(place_for(spec, points[0]))
    asked = _where_it_is(asked, spec)
    goal = _goal(replace(asked, resume=True))
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = _read(asked, Path(workspace), on_event)
        _check_data(dataset, asked, before)
        task, backbones = _task(goal, dataset, on_event)
        problem = _problem(goal, dataset, task, NO_CORRECTIONS)
        journal = reopen_run(spec.run, _identity(problem, dataset, asked, backbones))
        goal = replace(goal, budget=limits_of(spec, before))
        material = Material(dataset)
        workshop = make_workshop(goal, material, journal, backbones)

        def miss(point: TrialPoint, found: SearchResult) -> Miss | None:
            if spec.number is not None or is_measured(before, point):
                return None
            figures = workshop.measure(found.candidate, found.shipped.tflite).footprint
            broken = figures.violations(goal.budget)
            return Miss(point, broken[0], measured=True) if broken else None

        point, found = first_within(
            points,
            lambda point: take_training(problem, workshop, asked.seed, point.number),
            miss,
            on_event,
        )
        out = place_for(spec, point)
        claim_folder(out)
        delivery = _delivered(goal, material, found, backbones, on_event)
        searched = replace(delivery.report.search, seconds=before.search.seconds)
        report = replace(delivery.report, search=searched)
        write_bundle(delivery.bundle, out)
        write_report(report, out)
    return FitResult(report, out, picked_from=spec.run)


def _where_it_is(asked: FitSpec, spec: PickSpec) -> FitSpec:
    """``asked`` with the data where ``spec`` says; raises DataError if they are not there."""
    moved = replace(asked, data=spec.data or asked.data, test=spec.test or asked.test)
    for path, option in ((moved.data, "--data"), (moved.test, "--test")):
        if path is not None and not path.exists():
            raise DataError(
                f"the data that {spec.run} was made from are not at {path}",
                f"Say where they are now with {option}.",
            )
    return moved


def _check_data(dataset: Dataset, asked: FitSpec, before: Report) -> None:
    """Raise RunDirectoryError if ``dataset`` is not what the run was made from."""
    wanted, found = before.data.content_hash, dataset.content_hash
    if wanted != found:
        raise RunDirectoryError(
            f"the samples in {asked.data} are not those that the run was made from: their hash is "
            f"{found[:12]}..., the run's is {wanted[:12]}...",
            "Name a copy as it was then with --data, or start a new run.",
        )


def _delivered(
    goal: Goal,
    material: Material,
    found: SearchResult,
    backbones: tuple[BackboneWeights, ...],
    on_event: OnEvent,
) -> Delivery:
    on_event(StageStarted("prove", "building, proving and measuring the C"))
    return deliver(goal, material, found, backbones)


def _goal(spec: FitSpec) -> Goal:
    check_symbol(spec.name)
    target = optimised(load_target(spec.target), spec.optimize)
    if spec.space is not None:
        load_space(spec.space)  # a misspelt name is told before the data is read
    check_backbone(spec)
    return Goal(spec, target, Budget.of(target, spec.flash, spec.ram, spec.latency_ms))


def _read(spec: FitSpec, workspace: Path, on_event: OnEvent) -> Dataset:
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


def _kept(goal: Goal, on_event: OnEvent) -> Corrections:
    """What earlier runs learnt about the predictor on the target's core."""
    corrections, note = read_kept(goal.target)
    _told(note, on_event)
    return corrections


def _told(note: str, on_event: OnEvent) -> None:
    if note:
        on_event(Note(note))


def _task(
    goal: Goal, dataset: Dataset, on_event: OnEvent
) -> tuple[Task, tuple[BackboneWeights, ...]]:
    """What spaces are asked to solve, and the pretrained weights that it tells them of."""
    task = make_task(dataset)
    backbones = find_backbones(goal.spec, task, goal.budget.flash_bytes, on_event)
    return replace(task, backbones=tuple(each.backbone for each in backbones)), backbones


def _problem(goal: Goal, dataset: Dataset, task: Task, corrections: Corrections) -> Problem:
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


def _identity(
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
        "spaces": [space.NAME for space in problem.spaces],
        "seed": spec.seed,
    }


def _terms(spec: FitSpec, dataset: Dataset, task: Task, began: float) -> Terms:
    known = (Part.TRAIN, Part.VALIDATION)
    groups = {sample.group for part in known for sample in dataset.part(part)}
    windows = {part: _windows(dataset, task, part) for part in Part}
    proved = windows[Part.VALIDATION] + windows[Part.TEST]
    return Terms(_limits(spec, began), windows[Part.TRAIN], spec.seed, len(groups), proved)


def _windows(dataset: Dataset, task: Task, part: Part) -> int:
    """How many there are in ``part`` where they are as long as they may be."""
    samples = dataset.part(part)
    if not task.seconds:
        return len(samples)
    return sum(count_windows(sample.seconds, task.seconds) for sample in samples)


def _limits(spec: FitSpec, began: float) -> Limits:
    """When the search has to end, so that the proof still lies within the time limit."""
    seconds = spec.time_limit
    if seconds is None and spec.trials is None:
        seconds = DEFAULT_TIME_LIMIT
    if seconds is None:
        return Limits(trials=spec.trials)
    proof = max(LEAST_PROOF_SECONDS, seconds * PROOF_SHARE)
    return Limits(began + seconds - proof, spec.trials, proof)
