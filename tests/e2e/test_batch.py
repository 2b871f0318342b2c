"""A batch of real fits: one bad job among them, processes that are killed, Ray."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from automl_edge.batch import Row, State, run_batch
from automl_edge.batch.crews import available_cores
from automl_edge.batch.run import JobBegan, JobEnded, JobTold
from automl_edge.domain.run import TrialEnded
from automl_edge.report.files import read_report
from tests.makers import motion_folder
from tests.processes import running, workers_of

FIT = "batch.child"
PATIENCE_S = 300.0
PER_CLASS = 12


def _manifest(tmp_path: Path, targets: list[str]) -> dict[str, Any]:
    data = motion_folder(tmp_path / "data", per_class=PER_CLASS)
    return {
        "defaults": {"trials": 1, "flash": "24K"},
        "jobs": [
            {"name": "shake", "data": str(data), "target": targets},
            {"name": "broken", "data": str(tmp_path / "nowhere"), "target": "cortex-m4"},
        ],
    }


def _check(rows: tuple[Row, ...], out: Path) -> None:
    *fits, broken = rows
    assert [row.state for row in fits] == [State.FITS] * len(fits)
    assert broken.state is State.FAILED
    for row in fits:
        report = read_report(out / row.job)
        assert report.target.name == row.target
        assert row.figures is not None
        assert row.figures.flash_bytes == report.footprint.measured.flash_bytes
    summary = json.loads((out / "summary.json").read_text())
    assert [job["job"] for job in summary["jobs"]] == [row.job for row in rows]


@pytest.mark.slow
def test_jobs_side_by_side_one_broken_one_killed(tmp_path: Path) -> None:
    out, killed = tmp_path / "out", list[int]()

    def on_event(event: object) -> None:
        """Kill a process at the end of the first trial of all."""
        if isinstance(event, JobTold) and isinstance(event.event, TrialEnded) and not killed:
            killed.append(workers_of(os.getpid(), FIT)[0])
            os.kill(killed[0], signal.SIGKILL)

    jobs = min(2, len(available_cores()))
    manifest = _manifest(tmp_path, ["cortex-m0plus", "esp32-c3"])
    result = run_batch(manifest, out, jobs=jobs, on_event=on_event)
    assert killed
    assert len(result.rows) == 3
    _check(result.rows, out)

    again: list[object] = []
    assert run_batch(manifest, out, on_event=again.append).rows == result.rows
    assert [event.job for event in again if isinstance(event, JobBegan)] == ["broken"]
    done = [event.row.job for event in again if isinstance(event, JobEnded) and event.before]
    assert done == [row.job for row in result.rows[:2]]


@pytest.mark.slow
@pytest.mark.parametrize("kills", [False, pytest.param(True, marks=pytest.mark.much)])
def test_jobs_on_ray_and_a_worker_killed(
    tmp_path: Path, kills: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # or beside other tests it takes minutes
    out, killed = tmp_path / "out", list[int]()
    if kills:
        Thread(target=_kill_a_worker, args=(out, killed), daemon=True).start()
    result = run_batch(_manifest(tmp_path, ["cortex-m0plus"]), out, ray="local")
    assert bool(killed) is kills
    assert len(result.rows) == 2
    _check(result.rows, out)


def _kill_a_worker(out: Path, killed: list[int]) -> None:
    """Kill a worker of Ray's that has a fit, once a trial of one has ended."""
    began = time.monotonic()
    while not killed and time.monotonic() - began < PATIENCE_S:
        time.sleep(0.1)
        trained = any(b"trained" in file.read_bytes() for file in out.glob("*/journal.jsonl"))
        found = [each for each in running("ray::") if workers_of(each, FIT)]
        if trained and found:
            os.kill(found[0], signal.SIGKILL)
            killed.append(found[0])
