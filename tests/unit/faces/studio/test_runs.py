"""A run: its process, where it is, how it is stopped and gone on with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from automl_edge import pipeline
from automl_edge.domain.run import Enough, FitSpec, Note, OnEvent, PickSpec, Progress
from automl_edge.errors import DataError, RunDirectoryError, UsageError
from automl_edge.studio import fitting, runs
from automl_edge.studio.projects import Project, Wishes
from automl_edge.studio.runs import (
    Run,
    State,
    delete_run,
    go_on,
    hold,
    list_runs,
    log_of,
    report_of,
    start_pick,
    start_run,
    stop_run,
)
from automl_edge.studio.samples import delete_sample

Fit = Callable[[FitSpec, OnEvent], None]


@pytest.fixture(autouse=True)
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands of the processes that would have been started."""
    commands: list[tuple[str, ...]] = []

    class Process:
        def __init__(self, command: tuple[str, ...], **options: Any) -> None:
            assert options["start_new_session"]
            commands.append(command)

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(runs, "_started", {})
    return commands


@pytest.fixture
def fit_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fit], None]:
    """Let the pipeline be a function."""
    return lambda fit: monkeypatch.setattr(pipeline, "run", fit)


def _done(spec: FitSpec, tell: OnEvent) -> None:
    tell(Note(f"for {spec.target}"))


def test_a_run_asks_for_what_the_project_wishes(
    project: Project, spawned: list[tuple[str, ...]]
) -> None:
    project.wish(Wishes("cortex-m7", minutes=2))
    run = start_run(project)
    assert spawned[0][-1] == str(run.root)
    assert (run.name, run.state) == ("1", State.INTERRUPTED)
    asked = run.asked
    assert (asked.target, asked.time_limit, asked.out) == ("cortex-m7", 120.0, run.out.resolve())
    assert [each.name for each in list_runs(project)] == ["1"]
    assert start_run(project).name == "2"
    assert report_of(run) is None


def test_a_run_keeps_the_samples_as_they_were(project: Project) -> None:
    sample = project.data / "yes" / "1.png"
    sample.parent.mkdir()
    sample.write_bytes(b"one")
    run = start_run(project)
    delete_sample(project.data, "yes/1.png")
    assert run.asked.data == run.data.resolve()
    assert (run.data / "yes" / "1.png").read_bytes() == b"one"


def test_only_one_runs_at_a_time_and_a_running_one_stays(project: Project) -> None:
    run = start_run(project)
    with hold(run):
        assert run.state is State.RUNNING
        for act in (start_run, lambda _: go_on(run), lambda _: delete_run(project, run)):
            with pytest.raises(UsageError, match="running"):
                act(project)
    delete_run(project, run)
    assert list_runs(project) == ()


def test_a_process_that_has_just_begun_is_running(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(project)
    monkeypatch.setattr(runs._started[run.root], "poll", lambda: None)
    assert run.state is State.RUNNING
    monkeypatch.setattr(runs, "_started", {})
    shutil.rmtree(run.root)
    assert not run.is_running
    assert not run.root.exists()  # to ask for its lock must not make it again


def test_what_cannot_be_read_is_told_and_deleted(project: Project) -> None:
    run = start_run(project)
    (run.root / "asked.json").write_text("{")
    assert fitting.main(run.root) == RunDirectoryError.code
    assert "cannot be read" in run.course.message
    delete_run(project, run)
    assert list_runs(project) == ()


def test_its_process_tells_its_course(project: Project, fit_is: Callable[[Fit], None]) -> None:
    fit_is(_done)
    run = start_run(project)
    assert fitting.main(run.root) == 0
    assert run.state is State.FINISHED
    assert run.course.notes == ("for cortex-m4",)
    assert run.course.limit == 600.0


def test_what_a_user_can_mend_is_told_and_what_not_is_a_fault_of_ours(
    project: Project, fit_is: Callable[[Fit], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def mendable(_: FitSpec, __: OnEvent) -> None:
        raise DataError("only one class", "Add another one.")

    def fault(_: FitSpec, __: OnEvent) -> None:
        raise ZeroDivisionError("by nought")

    run = start_run(project)
    fit_is(mendable)
    assert fitting.main(run.root) == DataError.code
    assert (run.state, run.course.message) == (State.FAILED, "only one class")
    fit_is(fault)
    assert fitting.main(run.root) == 1
    assert "by nought" in run.course.message
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_wish_to_stop_is_passed_on_once(project: Project, fit_is: Callable[[Fit], None]) -> None:
    heard = []

    def fit(_: FitSpec, tell: OnEvent) -> None:
        tell(Progress(1, 2))
        stop_run(run)
        tell(Note("reading is not stopped"))
        try:
            tell(Progress(2, 2))
        except Enough:
            heard.append("enough")
        tell(Progress(2, 2))

    run = start_run(project)
    fit_is(fit)
    assert fitting.main(run.root) == 0
    assert heard == ["enough"]
    assert run.wants_to_stop


def test_an_interrupted_run_goes_on_where_it_stopped(
    project: Project, spawned: list[tuple[str, ...]]
) -> None:
    run = start_run(project)
    stop_run(run)
    go_on(run)
    assert not run.asked.resume  # there was nothing yet to go on with
    run.out.mkdir()
    go_on(run)
    assert run.asked.resume
    assert not run.wants_to_stop
    assert len(spawned) == 3


def test_another_point_is_a_run_of_its_own(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = start_run(project)
    picked = start_pick(project, source, 7)
    seen: list[PickSpec] = []
    monkeypatch.setattr(pipeline, "pick", lambda spec, _: seen.append(spec))
    assert fitting.main(picked.root) == 0
    assert seen == [PickSpec(source.out.resolve(), 7, out=picked.out.resolve())]
    assert picked.asked == source.asked
    with pytest.raises(UsageError, match="Search 2 was taken from this one"):
        delete_run(project, source)
    assert (source.picked, picked.course.limit) == (None, None)


def test_a_log_that_is_not_there_is_empty(project: Project) -> None:
    assert log_of(Run(project.runs / "9")) == ""


@pytest.mark.usefixtures("spawned")
def test_a_number_is_never_given_twice(project: Project) -> None:
    run = start_run(project)
    delete_run(project, run)
    assert start_run(project).name == "2"
