"""Picking from a finished run: its data found again and checked, and what is written where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from automl_edge import pipeline, workshops
from automl_edge.api import Fitted
from automl_edge.catalog import load_target
from automl_edge.costs.correction import NO_CORRECTIONS
from automl_edge.deliver import Delivery, Goal
from automl_edge.domain.quantisation import Quantisation
from automl_edge.domain.run import Event, FitSpec, Note, PickSpec
from automl_edge.domain.target import Budget
from automl_edge.errors import (
    AutomlEdgeError,
    DataError,
    ModelFileError,
    NothingFits,
    RunDirectoryError,
)
from automl_edge.feedback import Measured
from automl_edge.ingest import read_dataset
from automl_edge.report.files import read_report, write_report
from automl_edge.report.results import FitResult
from automl_edge.report.searched import TrialPoint, front_of
from automl_edge.search.checks import Learning
from automl_edge.search.result import Model
from tests.makers import motion_folder
from tests.unit.faces.conftest import make_report

BEST = TrialPoint(4, "s", 0.9, 20_000, 8_000, 9.0, 1)
SMALL = TrialPoint(2, "s", 0.8, 9_000, 4_000, 9.0, 2)
SMALLER = TrialPoint(3, "s", 0.7, 8_000, 3_000, 9.0, 3)
REFIT = 10


class Begun(Exception):
    """The search was about to begin: the journal tells all that it will of the request."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a finished run over ``data`` beside it, with three points on its front."""

    def begin(*_: object) -> None:
        raise Begun

    spec = FitSpec(motion_folder(tmp_path / "data", per_class=10), "cortex-m4", tmp_path / "run")
    monkeypatch.setattr(pipeline, "run_search", begin)
    with pytest.raises(Begun):
        pipeline.run(spec)
    report = make_report()
    trials = (SMALL, SMALLER, BEST)
    search = replace(report.search, trials=trials, front=front_of(trials, 4), chosen=4)
    data = replace(report.data, content_hash=read_dataset(spec.data).content_hash)
    budget = Budget.of(load_target(spec.target))
    write_report(replace(report, data=data, search=search, budget=budget), spec.out)
    return spec.out


@dataclass(frozen=True)
class Taken:
    """As much of what a search found as a pick looks at; the candidate is its number."""

    candidate: int
    judged: Model
    shipped: Model
    learning: Learning

    @property
    def refit(self) -> bool:
        return self.shipped != self.judged


def _model(number: int) -> Model:
    return Model(number, str(number).encode(), (), Quantisation.PTQ)


@pytest.fixture(autouse=True)
def takes(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Bytes of RAM that the models take as measured, by number; built and proved at once. What
    ships of a number is its refit, REFIT more, where that is here, too."""
    found = {4: 8_000, 2: 4_000, 3: 3_000}

    def measure(_: Goal, __: object, ___: object, model: bytes) -> Measured:
        plain = make_report().footprint.measured
        small = replace(plain, flash_bytes=9_000, ram_bytes=found[int(model)], latency_ms=9.0)
        return Measured(small, None)

    def deliver(goal: Goal, _: object, taken: Taken, *__: object) -> Delivery:
        report = make_report()
        search = replace(report.search, chosen=taken.candidate, seconds=0.5)
        report = replace(report, budget=goal.budget, search=search)
        return Delivery(report, {"model.tflite": taken.shipped.tflite})

    def take(_: object, __: object, ___: int, number: int) -> Taken:
        judged, refit = (_model(each) for each in (number, REFIT + number))
        learning = Learning(NO_CORRECTIONS, NO_CORRECTIONS, (), None)
        return Taken(number, judged, refit if refit.number in found else judged, learning)

    monkeypatch.setattr(pipeline, "take_training", take)
    monkeypatch.setattr(workshops, "measure_candidate", measure)
    monkeypatch.setattr(pipeline, "deliver", deliver)
    return found


Pick = Callable[..., FitResult]


@pytest.fixture
def pick(run: Path) -> Pick:
    return lambda **options: pipeline.pick(PickSpec(run, **options))


def test_the_best_within_a_limit_is_written_beside_the_run(pick: Pick, run: Path) -> None:
    before = {file: file.read_bytes() for file in run.iterdir()}
    result = pick(ram=5_000)
    assert result.out == run.with_name("run-pick-2")
    assert result.picked_from == run
    assert (result.out / "model.tflite").read_bytes() == b"2"
    assert result.report == read_report(result.out)
    assert result.report.search.chosen == 2
    assert result.report.search.seconds == read_report(run).search.seconds
    assert result.report.budget.ram_bytes == 5_000
    assert {file: file.read_bytes() for file in run.iterdir()} == before


def test_what_does_not_keep_the_limit_as_measured_gives_way_to_the_next(
    run: Path, takes: dict[int, int]
) -> None:
    takes[2] = 5_500
    events: list[Event] = []
    result = pipeline.pick(PickSpec(run, ram=5_000), events.append)
    assert result.out == run.with_name("run-pick-3")
    notes = [event.text for event in events if isinstance(event, Note)]
    assert "left out: number 2 needs 5.4 KiB of RAM (measured), the limit is 4.9 KiB" in notes
    takes[3] = 5_100
    with pytest.raises(NothingFits, match="RAM binds; the nearest: number 3"):
        pipeline.pick(PickSpec(run, ram=5_000))


@pytest.mark.parametrize(("needs", "ships"), [(4_500, b"12"), (5_500, b"2")])
def test_a_refit_beyond_the_limit_gives_way_to_what_was_judged(
    pick: Pick, takes: dict[int, int], needs: int, ships: bytes
) -> None:
    takes[REFIT + 2] = needs
    assert (pick(ram=5_000).out / "model.tflite").read_bytes() == ships


def test_nothing_within_the_limits_is_told_and_nothing_written(pick: Pick, run: Path) -> None:
    with pytest.raises(NothingFits, match=r"number 3 needs 2\.9 KiB of RAM"):
        pick(ram=1_000)
    assert sorted(each.name for each in run.parent.iterdir()) == ["data", "run"]


def test_data_that_moved_are_looked_for_by_name_and_found_where_told(pick: Pick, run: Path) -> None:
    data = run.parent / "data"
    moved = data.rename(run.parent / "elsewhere")
    with pytest.raises(DataError) as told:
        pick(number=2)
    assert str(data) in told.value.message
    assert "--data" in told.value.hint
    assert pick(number=2, data=moved).report.search.chosen == 2


def test_weights_are_looked_for_where_told(pick: Pick) -> None:
    with pytest.raises(ModelFileError, match=r"no file moved\.h5"):
        pick(number=2, backbone="moved.h5")


def test_a_run_that_moved_with_its_data_needs_to_be_told_nothing(run: Path) -> None:
    place = run.parent.rename(run.parent.with_name("moved"))
    assert pipeline.pick(PickSpec(place / "run", number=3)).out == place / "run-pick-3"


def test_other_data_are_refused_with_both_hashes(pick: Pick, run: Path) -> None:
    wanted = read_report(run).data.content_hash
    other = motion_folder(run.parent / "other", per_class=11)
    with pytest.raises(RunDirectoryError) as told:
        pick(number=2, data=other)
    assert wanted[:12] in told.value.message
    assert read_dataset(other).content_hash[:12] in told.value.message


def test_what_was_picked_is_no_run_to_pick_from(pick: Pick) -> None:
    place = pick(number=2).out
    with pytest.raises(RunDirectoryError, match="it has no journal"):
        pipeline.pick(PickSpec(place, number=2))


def test_another_run_is_never_written_over(pick: Pick, run: Path) -> None:
    with pytest.raises(RunDirectoryError, match="holds a run"):
        pick(number=2, out=run)


def test_a_folder_of_somebody_elses_is_refused_before_the_data_are_read(
    pick: Pick, run: Path
) -> None:
    (run.parent / "data").rename(run.parent / "elsewhere")
    foreign = run.parent / "mine"
    foreign.mkdir()
    (foreign / "notes.txt").touch()
    with pytest.raises(AutomlEdgeError, match="did not write"):
        pick(number=2, out=foreign)


def test_a_fitted_run_picks_and_what_it_picks_does_too(run: Path) -> None:
    fitted = Fitted(read_report(run), run, run)
    assert fitted.front == (BEST, SMALL, SMALLER)
    small = fitted.pick(ram=5_000)
    smaller = small.pick(number=3, out=str(run.parent / "c"))
    assert [each.report.search.chosen for each in (fitted, small, smaller)] == [4, 2, 3]
    assert smaller.out == run.parent / "c"
