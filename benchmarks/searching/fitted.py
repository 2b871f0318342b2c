"""Our search: ``automl_edge.fit``, the course it took and the front it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from searching.made import Assignment, BestSoFar, Built, Made, answered_rightly, build, share
from searching.results import FrontPoint
from searching.runs import TARGET, byte_limits

import automl_edge
from automl_edge.catalog import load_space
from automl_edge.domain.dataset import Part
from automl_edge.domain.run import Event, TrialEnded
from automl_edge.ingest import make_task
from automl_edge.material import Material
from automl_edge.report.model import TrialPoint
from automl_edge.search import read_journal
from automl_edge.search.records import Ended, from_json
from automl_edge.search.sampling import FixedChoices, rate
from automl_edge.verify import load_classifier


def fit(given: Assignment) -> tuple[Made, tuple[TrialPoint, ...]]:
    """What ``fit`` makes, and the trials that it tells of; the run is in ``_out(given)``."""
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
    )
    seconds = given.elapsed
    report = fitted.report
    built = Built(load_classifier(fitted.out), report.footprint.measured)
    validation = report.accuracy.validation.c_model
    made = Made(report.candidate.space, built, seconds, best.course, validation)
    return made, report.search.trials


def front(
    given: Assignment, material: Material, trials: Sequence[TrialPoint]
) -> tuple[FrontPoint, ...]:
    """The undominated of ``trials``, their C built, measured and asked; smallest flash first.

    That the test part is asked about several networks is for this benchmark alone: which of
    them is compared with anything is chosen by validation.
    """
    records = read_journal(_out(given))
    ended = [from_json(record) for record in records if record.get("record") == "trained"]
    by_number = {one.number: one for one in ended}
    points = [
        _front_point(given, material, trial, by_number[trial.number])
        for trial in undominated(trials)
    ]
    return tuple(sorted(points, key=lambda point: point.flash_bytes))


def undominated(trials: Sequence[TrialPoint]) -> tuple[TrialPoint, ...]:
    """The trials that no other equals or beats in accuracy, flash, RAM and latency at once."""
    return tuple(trial for trial in trials if not any(_dominates(other, trial) for other in trials))


def _dominates(one: TrialPoint, other: TrialPoint) -> bool:
    """No worse in anything; of two that are alike the earlier one."""
    first, second = _cost(one), _cost(other)
    no_worse = all(a <= b for a, b in zip(first, second, strict=True))
    return no_worse and (first != second or one.number < other.number)


def _cost(trial: TrialPoint) -> tuple[float, ...]:
    return (-trial.score, trial.flash_bytes, trial.ram_bytes, trial.latency_ms)


def _front_point(
    given: Assignment, material: Material, trial: TrialPoint, ended: Ended
) -> FrontPoint:
    space = load_space(ended.proposal.space)
    dataset = material.dataset
    choices = FixedChoices(ended.proposal.values)
    design = rate(space, choices, make_task(dataset), given.target).design
    built = build((_out(given) / ended.model).read_bytes(), design, dataset, given.target)
    test = share(answered_rightly(built.classifier, material, Part.TEST))
    sizes = built.footprint.figures
    return FrontPoint(
        round(trial.score, 6), test, sizes.flash_bytes, sizes.ram_bytes, round(sizes.latency_ms, 3)
    )


def _out(given: Assignment) -> Path:
    return given.scratch / "run"
