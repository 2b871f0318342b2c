"""``batch`` on the command line, with the jobs made up."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import automl_edge.batch
from automl_edge.batch import BatchResult, State
from automl_edge.batch.manifest import Job
from automl_edge.batch.rows import failed_row, finished_row
from automl_edge.batch.run import JobBegan, JobEnded, JobTold
from automl_edge.cli import main
from automl_edge.cli.show_batch import BatchProgress
from automl_edge.domain.run import FitSpec, Note, StageStarted
from automl_edge.errors import DataError
from automl_edge.report.model import Report
from tests.command_line import Screen
from tests.unit.faces.conftest import make_trial

WORDS = ("batch", "jobs.yaml", "--out", "out")


def _result(report: Report, both: bool) -> BatchResult:
    good, bad = (
        Job(name, FitSpec(Path("photos"), "cortex-m4", Path("out") / name))
        for name in ("good", "bad")
    )
    rows = (finished_row(good, report),)
    if both:
        rows += (failed_row(bad, DataError("there are no\nsamples", "Add some.")),)
    return BatchResult(Path("out"), rows)


def _made_up(monkeypatch: pytest.MonkeyPatch, result: BatchResult) -> list[Any]:
    asked: list[Any] = []

    def run_batch(*given: Any) -> BatchResult:
        asked.append(given[:-1])
        return result

    monkeypatch.setattr(automl_edge.batch, "run_batch", run_batch)
    return asked


def test_all_jobs_fit(monkeypatch: pytest.MonkeyPatch, capsys: Screen, report: Report) -> None:
    asked = _made_up(monkeypatch, _result(report, both=False))
    assert main([*WORDS, "--jobs", "2", "--ray", "--json"]) == 0
    assert asked == [(Path("jobs.yaml"), Path("out"), 2, "local")]
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["job"], row["state"]) == ("good", "fits")


def test_a_failed_job_is_told_and_gives_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: Screen, report: Report
) -> None:
    asked = _made_up(monkeypatch, _result(report, both=True))
    assert main(WORDS) == 9
    assert asked == [(Path("jobs.yaml"), Path("out"), 1, None)]
    shown = capsys.readouterr()
    assert "bad: there are no\\nsamples" in shown.out
    assert "out/summary.html" in shown.out
    assert "1 of 2 jobs gave no model that fits: bad" in shown.err
    assert main([*WORDS, "--json"]) == 9
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "jobs"


def test_interrupted_it_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capsys: Screen) -> None:
    def run_batch(*_: Any) -> BatchResult:
        raise KeyboardInterrupt

    monkeypatch.setattr(automl_edge.batch, "run_batch", run_batch)
    assert main(WORDS) == 130
    assert "The same command goes on in out" in capsys.readouterr().err


def test_lines_tell_what_happens(report: Report) -> None:
    stream = io.StringIO()
    tell = BatchProgress(stream)
    good, bad = _result(report, both=True).rows
    tell(JobBegan("good"))
    tell(JobTold("good", StageStarted("read", "reading photos")))
    for best in (0.5, 0.5, 0.75):
        tell(JobTold("good", make_trial(1, best, best, 61.0)))
    tell(JobTold("good", Note("a worker was ended")))
    tell(JobEnded(good))
    tell(JobEnded(replace(good, state=State.NEAREST, message="flash binds")))
    tell(JobEnded(bad))
    tell(JobEnded(good, before=True))
    lines = [line.partition(" s  ")[2] for line in stream.getvalue().splitlines()]
    figures = lines[5].removeprefix("good: ")
    assert lines == [
        "good: begins",
        "good: reading photos",
        "good: best so far 50.0 % on validation, 61 s left",
        "good: best so far 75.0 % on validation, 61 s left",
        "good: a worker was ended",
        f"good: {figures}",
        f"good: {figures}; does not fit: flash binds",
        "bad: failed: there are no\\nsamples",
        "good: was done before",
    ]
    assert "on the test part" in figures
