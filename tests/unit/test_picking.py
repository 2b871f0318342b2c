"""Which point of a front is meant, where it goes, and what is said when there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automl_edge.domain.footprint import Resource, Violation
from automl_edge.domain.run import Event, Note, PickSpec
from automl_edge.errors import NothingFits, RunDirectoryError, UsageError
from automl_edge.picking import Miss, first_within, limits_of, place_for, points_for
from automl_edge.report.model import Report
from automl_edge.report.searched import CheckedTrial, TrialPoint, front_of
from tests.unit.faces.conftest import make_report

RUN = Path("run")


def _point(number: int, score: float, flash: int, ram: int, latency: float) -> TrialPoint:
    return TrialPoint(number, "s", score, flash, ram, latency, number)


LARGE = _point(0, 0.95, 60_000, 20_480, 90.0)
FAST = _point(1, 0.90, 50_000, 16_000, 20.0)
SMALL = _point(2, 0.90, 20_000, 9_000, 60.0)
TINY = _point(3, 0.60, 10_000, 4_000, 15.0)


def _report(*checks: CheckedTrial) -> Report:
    """A report with four points and a budget of 64 KiB, 24 KiB and 200 ms."""
    report = make_report()
    trials = (LARGE, FAST, SMALL, TINY)
    search = replace(report.search, trials=trials, front=front_of(trials, 0), chosen=0)
    return replace(report, search=search, predictions=replace(report.predictions, checks=checks))


def _measured(point: TrialPoint, **found: Any) -> CheckedTrial:
    return CheckedTrial(point.number, point.figures, replace(point.figures, **found), None)


def test_the_most_accurate_within_the_limits_comes_first() -> None:
    points = points_for(PickSpec(RUN, ram=16_384, latency_ms=70.0), _report())
    assert points == (SMALL, FAST, TINY)
    assert points_for(PickSpec(RUN, latency_ms=30.0), _report()) == (FAST, TINY)
    assert points_for(PickSpec(RUN), _report())[0] == LARGE


def test_limits_only_get_smaller() -> None:
    budget = limits_of(PickSpec(RUN, flash=10**9, ram=100, latency_ms=5.5), _report())
    assert (budget.flash_bytes, budget.ram_bytes, budget.latency_ms) == (65_536, 100, 5.5)


def test_what_was_measured_counts_for_more_than_what_was_predicted() -> None:
    grown = _measured(SMALL, ram_bytes=9_500)
    assert points_for(PickSpec(RUN, ram=9_200), _report(grown)) == (TINY,)
    assert points_for(PickSpec(RUN, ram=9_200), _report()) == (SMALL, TINY)


def test_nothing_within_names_the_nearest_and_what_binds() -> None:
    with pytest.raises(NothingFits) as told:
        points_for(PickSpec(RUN, ram=3_584), _report())
    assert "RAM binds" in told.value.message
    assert "number 3 needs 3.9 KiB of RAM (predicted), the limit is 3.5 KiB" in told.value.message
    assert "--number 3" in told.value.hint

    with pytest.raises(NothingFits, match=r"number 3 needs 14 ms of latency \(measured\)"):
        points_for(PickSpec(RUN, latency_ms=10), _report(_measured(TINY, latency_ms=14.0)))


def test_a_number_is_taken_at_its_word() -> None:
    assert points_for(PickSpec(RUN, number=2), _report()) == (SMALL,)
    with pytest.raises(UsageError, match="number 7 is not on the run's front") as told:
        points_for(PickSpec(RUN, number=7), _report())
    assert "0, 1, 2, 3" in told.value.hint


def _miss(point: TrialPoint) -> Miss:
    return Miss(point, Violation(Resource.RAM, point.ram_bytes, point.ram_bytes - 500), True)


def test_what_is_beyond_the_limits_as_measured_is_left_out_and_told() -> None:
    events: list[Event] = []
    found: Any = {0: "large", 1: "fast"}
    taken = first_within(
        (LARGE, FAST),
        lambda point: found[point.number],
        lambda point, _: _miss(point) if point == LARGE else None,
        events.append,
    )
    assert taken == (FAST, "fast")
    assert events == [Note(f"left out: {_miss(LARGE)}")]


def test_all_beyond_the_limits_as_measured_is_a_failure() -> None:
    found: Any = "found"
    with pytest.raises(NothingFits, match=r"number 0 needs 20\.0 KiB of RAM \(measured\)"):
        first_within((LARGE, TINY), lambda _: found, lambda point, _: _miss(point), print)


def test_a_point_goes_beside_its_run_and_never_over_one(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "journal.jsonl").touch()
    assert place_for(PickSpec(run), SMALL) == tmp_path / "run-pick-2"
    assert place_for(PickSpec(run, out=tmp_path / "c"), SMALL) == tmp_path / "c"
    with pytest.raises(RunDirectoryError, match="holds a run"):
        place_for(PickSpec(run, out=run), SMALL)


def test_the_run_in_the_current_folder_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert place_for(PickSpec(Path()), TINY).name == f"{tmp_path.name}-pick-3"
