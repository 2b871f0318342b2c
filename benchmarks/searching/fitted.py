"""Our search: ``automl_edge.fit``, the course it took and the front it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from searching.made import Assignment, BestSoFar, Built, Made, answered_rightly, build, share
from searching.pretrained import task_of
from searching.results import FrontPoint
from searching.runs import PHOTOS, TARGET, backbone_folder, byte_limits

import automl_edge
from automl_edge.catalog import load_space
from automl_edge.domain.dataset import Dataset, Part
from automl_edge.domain.run import Event, TrialEnded
from automl_edge.material import Material
from automl_edge.report.searched import TrialPoint
from automl_edge.search import read_journal
from automl_edge.search.choices import FixedChoices
from automl_edge.search.records import Ended, Stage, from_json
from automl_edge.search.sampling import rate
from automl_edge.verify import load_classifier


def fit(given: Assignment) -> tuple[Made, tuple[TrialPoint, ...]]:
    """What ``fit`` makes, and its front; the run is in ``_out(given)``."""
    best = BestSoFar()

    def listen(event: Event) -> None:
        if isinstance(event, TrialEnded):
            best.note(given.elapsed, event.best)

    flash, ram = byte_limits(given.key.data, given.key.budget)
    fitted = automl_edge.fit(
        given.data,
        TARGET,
        _out(given),
        on_event=listen,
        split=given.split,
        flash=flash,
        ram=ram,
        time_limit=given.limit,
        seed=given.key.seed,
        backbone=backbone_folder() if given.key.data in PHOTOS else None,
    )
    seconds = given.elapsed
    report = fitted.report
    built = Built(load_classifier(fitted.out), report.footprint.measured)
    validation = report.accuracy.validation.c_model
    made = Made(report.candidate.space, built, seconds, best.course, validation)
    return made, report.search.front


def front(
    given: Assignment, material: Material, trials: Sequence[TrialPoint]
) -> tuple[FrontPoint, ...]:
    """The points of a front, their C built, measured and asked; smallest flash first.

    That the test part is asked about several networks is for this benchmark alone: which of
    them is compared with anything is chosen by validation.
    """
    records = read_journal(_out(given))
    ended = [from_json(record) for record in records if record.get("record") == "trained"]
    points = [_front_point(given, material, trial, ended) for trial in trials]
    return tuple(sorted(points, key=lambda point: point.flash_bytes))


def _front_point(
    given: Assignment, material: Material, trial: TrialPoint, ended: Sequence[Ended]
) -> FrontPoint:
    """What ``automl-edge pick`` would export for ``trial``: its design's refit if there is one
    that fits as measured."""
    own = next(e for e in ended if e.number == trial.number)
    refits = (e for e in ended if e.stage is Stage.REFIT and e.parent == trial.parent)
    good = (e for e in refits if not e.failure and e.score >= trial.score)
    offered = (_built(given, material.dataset, each) for each in (*good, own))
    within = (each for each in offered if not each.footprint.violations(given.budget))
    built = next(within, None) or _built(given, material.dataset, own)
    test = share(answered_rightly(built.classifier, material, Part.TEST))
    sizes = built.footprint.figures
    return FrontPoint(
        round(trial.score, 6), test, sizes.flash_bytes, sizes.ram_bytes, round(sizes.latency_ms, 3)
    )


def _built(given: Assignment, dataset: Dataset, ended: Ended) -> Built:
    space = load_space(ended.proposal.space)
    choices = FixedChoices(ended.proposal.values)
    design = rate(space, choices, task_of(dataset), given.target).design
    return build((_out(given) / ended.model).read_bytes(), design, dataset, given.target)


def _out(given: Assignment) -> Path:
    return given.scratch / "run"
