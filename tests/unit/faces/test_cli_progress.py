"""Progress: plain lines in a log, a display on a terminal, the same facts in both."""

import io

import pytest
from rich.console import Console

from automl_edge.cli.progress import LiveProgress, PlainProgress, progress
from automl_edge.domain.footprint import Figures
from automl_edge.domain.run import (
    CandidateMeasured,
    Event,
    Note,
    Progress,
    StageStarted,
)
from tests.unit.faces.conftest import make_trial

EVENTS: tuple[Event, ...] = (
    StageStarted("Reading", "the folder [bold]x\x1b[2J"),
    Progress(3, 10),
    Note("Grouped by speaker."),
    StageStarted("Training"),
    make_trial(1, 0.75, 0.75, 540.4),
    CandidateMeasured(
        1, Figures(20_480, 8_192, 12.5), Figures(20_500, 8_192, 12.625), -0.0099, 0.0215
    ),
    make_trial(2, 0.5, 0.75, None),
    CandidateMeasured(2, Figures(20_480, 8_192, 12.5), Figures(20_500, 8_192, 12.5), None, None),
    StageStarted("Proving"),
)
SIZES = "20.0 KiB flash (-0.1 %), 8.0 KiB RAM (+0.0 %)"


def test_plain_lines() -> None:
    stream = io.StringIO()
    with progress(stream) as on_event:
        for event in EVENTS:
            on_event(event)
    lines = [line.partition(" s  ")[2] for line in stream.getvalue().splitlines()]
    cost = "(20.0 KiB flash, 8.0 KiB RAM, 12.5 ms)"
    assert lines == [
        "Reading: the folder [bold]x\\x1b[2J",
        "Grouped by speaker.",
        "Training",
        f"trial 1: ds_cnn, 75.0 % on validation, best 75.0 % {cost}, 9 min 00 s left",
        f"trial 1 measured: 12.6 ms, 12.5 ms predicted (-1.0 %; 2.1 % on average so far), {SIZES}",
        f"trial 2: ds_cnn, 50.0 % on validation, best 75.0 % {cost}",
        f"trial 2 linked: {SIZES}; its latency stays predicted",
        "Proving",
    ]


def test_a_log_is_told_about_steps_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("automl_edge.cli.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    plain = PlainProgress(stream)
    for second in range(1, 31):
        now[0] = 100.0 + second
        plain(Progress(second, 30))
    assert [line.split() for line in stream.getvalue().splitlines()] == [
        ["10.0", "s", "10", "of", "30"],
        ["20.0", "s", "20", "of", "30"],
        ["30.0", "s", "30", "of", "30"],
    ]


def test_a_terminal_keeps_stages_notes_and_better_trials() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120, highlight=False)
    with LiveProgress.on(console) as live:
        for event in EVENTS:
            live(event)
    shown = stream.getvalue()
    for said in ("Reading: the folder [bold]x\\x1b[2J (", "Training (", "Proving (", "Grouped by"):
        assert said in shown
    assert "trial 1: ds_cnn, 75.0 %" in shown
    assert "trial 2: ds_cnn" not in shown
    assert "2 trained, best 75.0 %" in shown
