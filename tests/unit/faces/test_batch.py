"""A batch whose jobs are done by a made-up crew, and processes whose fits fail at once."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from automl_edge.batch import run, run_batch
from automl_edge.batch.crews import OnJob, Outcomes, log_of, shares
from automl_edge.batch.fitting import Outcome
from automl_edge.batch.manifest import Job
from automl_edge.batch.rows import State
from automl_edge.batch.run import JobBegan, JobEnded
from automl_edge.batch.summary import COLUMNS
from automl_edge.domain.run import Event
from automl_edge.errors import DataError, RunDirectoryError, UsageError
from automl_edge.report.files import write_report
from automl_edge.report.model import Report
from tests.unit.faces.conftest import make_report

MANIFEST = {
    "defaults": {"target": "cortex-m4"},
    "jobs": [{"name": "good", "data": "photos"}, {"name": "bad", "data": "=nowhere"}],
}


class MadeUpCrew:
    """Writes a report for jobs called good, and fails the others."""

    def __init__(self, count: int) -> None:
        assert count >= 1
        self.done: list[str] = []

    def run(self, jobs: Sequence[Job], on_job: OnJob) -> Outcomes:
        for job in jobs:
            on_job(job, None)
            self.done.append(job.name)
            yield job, self._outcome(job)

    def _outcome(self, job: Job) -> Outcome:
        if job.name != "good":
            return DataError("there is no folder =nowhere", "Name one.")
        job.spec.out.mkdir()
        report = make_report()
        write_report(report, job.spec.out)
        return report


@pytest.fixture
def crews(monkeypatch: pytest.MonkeyPatch) -> list[MadeUpCrew]:
    made: list[MadeUpCrew] = []

    def make(count: int) -> MadeUpCrew:
        made.append(MadeUpCrew(count))
        return made[-1]

    monkeypatch.setattr(run, "LocalCrew", make)
    return made


@pytest.mark.usefixtures("crews")
def test_one_bad_job_does_not_stop_the_rest(tmp_path: Path) -> None:
    told: list[object] = []
    result = run_batch(MANIFEST, tmp_path / "out", on_event=told.append)
    assert [row.state for row in result.rows] == [State.FITS, State.FAILED]
    assert [row.job for row in result.failed] == ["bad"]
    assert told == [
        JobBegan("good"),
        JobEnded(result.rows[0]),
        JobBegan("bad"),
        JobEnded(result.rows[1]),
    ]


def test_a_second_run_does_only_what_is_missing(tmp_path: Path, crews: list[MadeUpCrew]) -> None:
    first = run_batch(MANIFEST, tmp_path / "out")
    told: list[object] = []
    second = run_batch(MANIFEST, tmp_path / "out", on_event=told.append)
    assert [crew.done for crew in crews] == [["good", "bad"], ["bad"]]
    assert second == first
    assert told[0] == JobEnded(first.rows[0], before=True)


@pytest.mark.usefixtures("crews")
def test_the_summary_tells_of_all(tmp_path: Path) -> None:
    report: Report = make_report()
    run_batch(MANIFEST, tmp_path / "out")
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    measured = report.footprint.measured
    good, bad = rows
    assert (good["job"], good["state"], good["target"]) == ("good", "fits", "cortex-m4")
    assert float(good["accuracy"]) == report.accuracy.test.c_model
    assert int(good["flash_bytes"]) == measured.flash_bytes
    assert (bad["state"], bad["accuracy"]) == ("failed", "")
    assert bad["message"] == "there is no folder =nowhere"
    plain = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert [job["state"] for job in plain["jobs"]] == ["fits", "failed"]
    assert plain["jobs"][0]["figures"]["ram_bytes"] == measured.ram_bytes
    page = (tmp_path / "out" / "summary.html").read_text()
    assert 'href="good/report.html"' in page
    assert "there is no folder =nowhere" in page
    assert str(tmp_path) not in page + json.dumps(plain)


@pytest.mark.usefixtures("crews")
def test_a_spreadsheet_takes_no_name_for_a_formula(tmp_path: Path) -> None:
    data = str(tmp_path / "out" / "=1+1")
    run_batch({"jobs": [{"name": "bad", "data": data, "target": "cortex-m4"}]}, tmp_path / "out")
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["data"] == "'=1+1"


def test_other_options_are_not_taken_for_the_same_job(
    tmp_path: Path, crews: list[MadeUpCrew]
) -> None:
    run_batch(MANIFEST, tmp_path / "out")
    changed = {**MANIFEST, "defaults": {"target": "cortex-m4", "ram": "6K"}}
    row, _ = run_batch(changed, tmp_path / "out").rows
    assert row.state is State.FAILED
    assert "begun with other options: ram was not given" in row.message
    assert crews[-1].done == ["bad"]  # which left no folder


def test_a_finished_job_is_not_taken_for_that_of_other_data(
    tmp_path: Path, crews: list[MadeUpCrew]
) -> None:
    data = tmp_path / "photos"
    (data / "yes").mkdir(parents=True)
    (data / "yes" / "1.png").write_bytes(b"before")
    manifest = {"jobs": [{"name": "good", "data": str(data), "target": "cortex-m4"}]}
    run_batch(manifest, tmp_path / "out")
    (data / "yes" / "1.png").write_bytes(b"after")
    (row,) = run_batch(manifest, tmp_path / "out").rows
    assert "photos has changed since" in row.message
    assert not crews[-1].done
    (data / "yes" / "1.png").write_bytes(b"before")
    assert run_batch(manifest, tmp_path / "out").rows[0].state is State.FITS
    shutil.rmtree(data)
    assert run_batch(manifest, tmp_path / "out").rows[0].state is State.FITS


@pytest.mark.usefixtures("crews")
def test_two_batches_in_one_folder_are_refused(tmp_path: Path) -> None:
    def again(_: object) -> None:
        with pytest.raises(RunDirectoryError, match="another batch is working"):
            run_batch(MANIFEST, tmp_path / "out")

    run_batch(MANIFEST, tmp_path / "out", on_event=again)


def test_cores_are_dealt_evenly() -> None:
    assert shares((0, 1, 4, 5, 6), 2) == (frozenset({0, 4, 6}), frozenset({1, 5}))
    with pytest.raises(UsageError, match="this machine has 2 cores"):
        shares((0, 1), 3)


def test_a_job_is_a_process_that_tells_what_is_wrong(tmp_path: Path) -> None:
    began: list[str] = []
    events: list[Event] = []

    def on_event(event: object) -> None:
        if isinstance(event, JobBegan):
            began.append(event.job)
        elif isinstance(event, run.JobTold):
            events.append(event.event)

    entry = {"name": "bad", "data": str(tmp_path / "nowhere"), "target": "cortex-m4"}
    (row,) = run_batch({"jobs": [entry]}, tmp_path / "out", on_event=on_event).rows
    assert row.state is State.FAILED
    assert "nowhere" in row.message
    assert row.hint
    assert began == ["bad"]
    assert events
    job = run.jobs_of({"jobs": [entry]}, Path(), tmp_path / "out")[0]
    assert log_of(job).read_bytes() == b""
