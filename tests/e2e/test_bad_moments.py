"""Fits that are interrupted, run twice at once, resumed with other data, or cannot fit."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.asking import (
    DATA,
    INTERRUPTED,
    NOTHING_FITS,
    RUN,
    Ask,
    Said,
    refused,
    snapshot,
)
from tests.makers import (
    csv_text,
    image_folder,
    motion,
    motion_folder,
    zip_folder,
)

PATIENCE_S = 300.0


# --- Fits


def _fit(data: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "automl_edge.cli", "fit", str(data), "--trials", "1"),
            *("--target", "cortex-m4", "--space", "motion_conv", "--out", str(out), *more),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(running: subprocess.Popen[str]) -> Said:
    out, err = running.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in out + err
    return Said(running.returncode, out, err)


def _wait_for_journal(out: Path, running: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not (out / "journal.jsonl").exists() and running.poll() is None:
        assert time.monotonic() < give_up
        time.sleep(0.02)


@pytest.mark.slow
def test_interrupted_then_two_at_once_then_other_data(tmp_path: Path, ask: Ask) -> None:
    """One run directory through its life: Ctrl-C, a second process, resumed, asked wrongly."""
    names = ("né\ne", "🎉 b")
    data, out = motion_folder(tmp_path / "wéird\n🎤", 8, names), tmp_path / "rún\n🎤 x"
    interrupted = _fit(data, out)
    _wait_for_journal(out, interrupted)
    interrupted.send_signal(signal.SIGINT)
    said = _end(interrupted)
    refused(said, INTERRUPTED, "interrupted", "--resume")

    first = _fit(data, out, "--resume")
    time.sleep(0.5)
    line = ("fit", data, "--target", "cortex-m4", "--space", "motion_conv", "--out", out)
    give_up = time.monotonic() + PATIENCE_S
    second = ask(*line, "--resume", "--trials", 1, "--flash", "64K")
    while "another run is working" not in second.err and time.monotonic() < give_up:
        assert first.poll() is None, "it ended before it was asked"
        second = ask(*line, "--resume", "--trials", 1, "--flash", "64K")
    refused(second, RUN, "another run is working")
    done = _end(first)
    assert done.code == 0, done.err

    report = json.loads((out / "report.json").read_text())
    assert report["parity"]["identical"] == report["parity"]["samples"] > 0
    kept = snapshot(out)
    refused(ask(*line), RUN, "already holds a run", "--resume")
    other = motion_folder(tmp_path / "other", 9, names)
    line = ("fit", other, *line[2:])
    refused(ask(*line, "--resume"), RUN, "holds another run: its data is")
    assert snapshot(out) == kept

    sample = next((data / names[1]).iterdir())
    answer = json.loads(ask("predict", out, sample, "--json").out)["predictions"][0]
    assert set(answer["scores"]) == set(names)
    scored = json.loads(ask("evaluate", out, data, "--json").out)
    assert sum(map(sum, scored["confusion"])) == 16
    (tmp_path / "short.csv").write_text(csv_text(motion(1, 3)))
    refused(ask("predict", out, tmp_path / "short.csv"), DATA, "3 usable rows are too few")
    refused(ask("predict", out, tmp_path / "no.csv"), DATA, "no.csv")
    refused(ask("evaluate", out, image_folder(tmp_path / "photos")), DATA, "no motion tables")
    refused(ask("evaluate", out, motion_folder(tmp_path / "strange")), DATA, "not know the class")


@pytest.mark.slow
def test_nothing_fits_and_a_zip_equals_its_folder(tmp_path: Path) -> None:
    """The nearest model is written, and what binds, what is needed and what helps is said."""
    folder = motion_folder(tmp_path / "data", 8)
    packed = zip_folder(folder, tmp_path / "data.zip", "data/")
    running = [
        _fit(folder, tmp_path / "one", "--flash", "2K"),
        _fit(packed, tmp_path / "two", "--flash", "2K", "--json"),
    ]
    words, data = (_end(each) for each in running)
    refused(words, NOTHING_FITS, "Flash binds", "the nearest model needs", "2.0 KiB", "--flash")
    error = json.loads(data.out)["error"]
    assert (data.code, error["code"]) == (NOTHING_FITS, NOTHING_FITS)
    reports = [json.loads((tmp_path / run / "report.json").read_text()) for run in ("one", "two")]
    for report in reports:
        assert (report["status"], report["binding"]) == ("nearest", "flash")
        assert report["parity"]["identical"] == report["parity"]["samples"] > 0
    assert reports[0]["data"]["content_hash"] == reports[1]["data"]["content_hash"]
    assert (tmp_path / "one" / "c" / "library.json").exists()
