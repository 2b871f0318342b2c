"""The way from a folder of samples to proven C. Every face calls this and nothing beside it.

folder or zip -> Dataset -> features (C) -> candidates within the budget -> trained
  -> int8 .tflite -> C library -> verified and measured -> report and exports
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from automl_edge.backbones import wish_of
from automl_edge.costs.correction import NO_CORRECTIONS
from automl_edge.costs.kept import keep
from automl_edge.deliver import Delivery, Goal, deliver
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Dataset, Part
from automl_edge.domain.footprint import Violation
from automl_edge.domain.run import (
    DEFAULT_TIME_LIMIT,
    FitSpec,
    OnEvent,
    PickSpec,
    StageStarted,
    enough_once,
    ignore_events,
)
from automl_edge.errors import DataError, RunDirectoryError
from automl_edge.export.write import check_folder, claim_folder, write_bundle
from automl_edge.material import Material
from automl_edge.picking import (
    Miss,
    first_within,
    limits_of,
    place_for,
    points_for,
)
from automl_edge.planning import make_outlook, make_plan, would_fit_as_size
from automl_edge.preparing import (
    goal_of,
    identity_of,
    kept_corrections,
    problem_of,
    read,
    task_of,
    tell,
    windows_in,
)
from automl_edge.report.files import read_report, write_report
from automl_edge.report.model import Report
from automl_edge.report.results import FitResult, Outlook, Plan
from automl_edge.report.searched import TrialPoint
from automl_edge.search import (
    Limits,
    SearchResult,
    Terms,
    check_asked,
    check_workers,
    note_asked,
    open_run,
    read_asked,
    reopen_run,
    run_search,
    take_training,
)
from automl_edge.search.remedies import find_remedies, measured_remedies
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
    check_asked(spec)
    goal = goal_of(spec)
    check_folder(spec.out)
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = read(spec, Path(workspace), on_event)
        start = kept_corrections(goal, on_event) if spec.learnt else NO_CORRECTIONS
        task, backbones = task_of(goal, dataset, on_event)
        problem = problem_of(goal, dataset, task, start)
        claim_folder(spec.out)
        material = Material(dataset)
        same = identity_of(problem, dataset, spec, backbones)
        with open_run(spec.out, same, spec.resume) as journal:
            note_asked(journal, replace(spec, backbone=wish_of(spec)) if backbones else spec)
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
            tell(keep(goal.target, found.learning.lessons), on_event)
            delivery = _delivered(goal, material, found, backbones, on_event)
            report = delivery.report
            fails = report.binding is not None
            if fails:
                learnt = replace(problem, corrections=found.learning.end)
                broken = report.footprint.measured.violations(goal.budget)
                features = found.candidate.design.features
                helps = find_remedies(learnt, spec.seed) or measured_remedies(features, broken)
                report = replace(report, remedies=helps)
            write_bundle(delivery.bundle, spec.out)
            write_report(report, spec.out)
    return FitResult(report, spec.out, fails and would_fit_as_size(problem, spec.seed))


def plan(spec: FitSpec, on_event: OnEvent = ignore_events) -> Plan:
    """What is feasible for ``spec.data`` on ``spec.target``, without training anything."""
    goal = goal_of(spec)
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = read(spec, Path(workspace), on_event)
    task, _ = task_of(goal, dataset, on_event)
    problem = problem_of(goal, dataset, task, kept_corrections(goal, on_event))
    return make_plan(problem, dataset, spec.seed, on_event)


def outlook(spec: FitSpec, dataset: Dataset, on_event: OnEvent = ignore_events) -> Outlook:
    """What the budget of ``spec`` leaves room for with ``dataset``, as predicted, in a second."""
    goal = goal_of(spec)
    task, _ = task_of(goal, dataset, on_event)
    return make_outlook(
        problem_of(goal, dataset, task, kept_corrections(goal, on_event)), spec.seed
    )


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
    goal = goal_of(replace(asked, resume=True))
    with TemporaryDirectory(prefix="automl-edge-") as workspace:
        dataset = read(asked, Path(workspace), on_event)
        _check_data(dataset, asked, before)
        task, backbones = task_of(goal, dataset, on_event)
        problem = problem_of(goal, dataset, task, NO_CORRECTIONS)
        journal = reopen_run(spec.run, identity_of(problem, dataset, asked, backbones))
        goal = replace(goal, budget=limits_of(spec, before))
        material = Material(dataset)
        workshop = make_workshop(goal, material, journal, backbones)

        def beyond(found: SearchResult) -> tuple[Violation, ...]:
            known = (e.measured for e in found.learning.checks if e.number == found.shipped.number)
            measured = next(known, None)
            if measured is None:
                measured = workshop.measure(found.candidate, found.shipped.tflite).footprint.figures
            return measured.violations(goal.budget)

        def take(point: TrialPoint) -> SearchResult:
            """What ships is the refit, if that is within the limits, too."""
            found = take_training(problem, workshop, asked.seed, point.number)
            return replace(found, shipped=found.judged) if found.refit and beyond(found) else found

        def miss(point: TrialPoint, found: SearchResult) -> Miss | None:
            broken = () if spec.number is not None else beyond(found)
            return Miss(point, broken[0], measured=True) if broken else None

        point, found = first_within(points, take, miss, on_event)
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
    moved = replace(
        asked,
        data=spec.data or asked.data,
        test=spec.test or asked.test,
        backbone=spec.backbone or asked.backbone,
    )
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


def _terms(spec: FitSpec, dataset: Dataset, task: Task, began: float) -> Terms:
    known = (Part.TRAIN, Part.VALIDATION)
    groups = {sample.group for part in known for sample in dataset.part(part)}
    windows = {part: windows_in(dataset, task, part) for part in Part}
    proved = windows[Part.VALIDATION] + windows[Part.TEST]
    return Terms(_limits(spec, began), windows[Part.TRAIN], spec.seed, len(groups), proved)


def _limits(spec: FitSpec, began: float) -> Limits:
    """When the search has to end, so that the proof still lies within the time limit."""
    seconds = spec.time_limit
    if seconds is None and spec.trials is None:
        seconds = DEFAULT_TIME_LIMIT
    if seconds is None:
        return Limits(trials=spec.trials)
    proof = max(LEAST_PROOF_SECONDS, seconds * PROOF_SHARE)
    return Limits(began + seconds - proof, spec.trials, proof)
