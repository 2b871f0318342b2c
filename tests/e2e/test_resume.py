"""A fit that is killed at any moment goes on where it stopped and repeats no ended trial."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from automl_edge.search.schedule import cores
from tests.makers import motion_folder
from tests.processes import alive, workers_of

TRIALS = 3
PATIENCE_S = 300.0
WORKERS = ("--workers", "2")
two_cores = pytest.mark.skipif(cores() < 2, reason="two workers need two cores")


@pytest.fixture(scope="module")
def gestures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two made-up classes of motion: trained in seconds."""
    return motion_folder(tmp_path_factory.mktemp("data") / "gestures", per_class=20)


def _fit(gestures: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "automl_edge.cli", "fit", str(gestures)),
            *("--target", "cortex-m0plus", "--flash", "24K", "--trials", str(TRIALS)),
            *("--out", str(out), *more),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _records(out: Path) -> list[dict[str, object]]:
    journal = out / "journal.jsonl"
    if not journal.exists():
        return []
    records = []
    for line in journal.read_text().splitlines():
        try:
            records.append(json.loads(line))
        except ValueError:
            continue  # torn by the kill: the journal's reader ignores it too
    return records


def _wait_for(reached: Callable[[], bool]) -> None:
    """Until ``reached``, or patience has ended."""
    give_up = time.monotonic() + PATIENCE_S
    while not reached() and time.monotonic() < give_up:
        time.sleep(0.02)


def _trials(out: Path) -> int:
    trained = (each for each in _records(out) if each["record"] == "trained")
    return sum(each["stage"] == "trial" for each in trained)


MOMENTS = (
    ("before-the-journal", "run", 0, 0.5),
    ("after-its-first-line", "run", 1, 0.2),
    ("in-the-second-trial", "trained", 1, 1.0),
    ("after-the-second-trial", "trained", 2, 0.0),
    ("in-the-finals", "trained", TRIALS, 0.5),
)
"""Where to kill: a name, the kind and number of journal records to wait for, and seconds after."""


USUAL = "in-the-finals"
"""The others are tested by hand, because each takes a minute."""


def _moment(name: str, kind: str, count: int, seconds: float) -> object:
    marks = [] if name == USUAL else [pytest.mark.much]
    return pytest.param(kind, count, seconds, id=name, marks=marks)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count", "seconds"), [_moment(*each) for each in MOMENTS])
def test_a_killed_fit_resumes(
    gestures: Path, tmp_path: Path, kind: str, count: int, seconds: float
) -> None:
    out = tmp_path / "run"
    running = _fit(gestures, out)

    def reached() -> bool:
        return sum(record["record"] == kind for record in _records(out)) >= count

    _wait_for(lambda: reached() or running.poll() is not None)
    time.sleep(seconds)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    _finish(gestures, out)


@two_cores
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -9), pytest.param(signal.SIGINT, 130, marks=pytest.mark.much)],
)
def test_workers_end_with_their_fit_and_it_resumes(
    gestures: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    out = tmp_path / "run"
    running = _fit(gestures, out, *WORKERS)
    _wait_for(lambda: _trials(out) >= 1 or running.poll() is not None)
    orphans = workers_of(running.pid)
    running.send_signal(number)
    said, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == code, said
    assert "Traceback" not in said
    assert len(orphans) == 2
    _wait_for(lambda: not any(map(alive, orphans)))
    assert not any(map(alive, orphans))
    _finish(gestures, out, *WORKERS)


@two_cores
@pytest.mark.slow
@pytest.mark.much
def test_a_killed_worker_loses_nothing(gestures: Path, tmp_path: Path) -> None:
    """By hand: ``test_search_workers.py`` does the same to a search, without the command."""
    out = tmp_path / "run"
    running = _fit(gestures, out, *WORKERS)
    _wait_for(lambda: _trials(out) >= 1 or running.poll() is not None)
    os.kill(workers_of(running.pid)[0], signal.SIGKILL)
    said, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 0, said
    assert "a worker was ended by signal 9" in said
    _check(out, said)


def _finish(gestures: Path, out: Path, *more: str) -> None:
    """Resume the fit in ``out``: what had been trained is not trained again."""
    resumed = _fit(gestures, out, "--resume", *more)
    said, _ = resumed.communicate(timeout=PATIENCE_S)
    assert resumed.returncode == 0, said
    _check(out, said)


def _check(out: Path, said: str) -> None:
    """The fit in ``out`` is complete: every trial once, and its C proved."""
    assert "Traceback" not in said
    trained = [
        (record["stage"], record["parent"], record["fold"], record["share"])
        for record in _records(out)
        if record["record"] == "trained"
    ]
    assert len(trained) == len(set(trained))
    assert _trials(out) == TRIALS
    report = json.loads((out / "report.json").read_text())
    assert report["parity"]["identical"] == report["parity"]["samples"] > 0
