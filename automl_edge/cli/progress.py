"""What happens meanwhile: a live display on a terminal, plain lines elsewhere.

Both listen to the events of ``domain/run.py`` and write to standard error, so that
standard output stays the answer's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from automl_edge.cli.interrupt import heard_in_the_end
from automl_edge.cli.layout import visible
from automl_edge.domain.run import (
    CandidateMeasured,
    Event,
    Note,
    OnEvent,
    Progress,
    StageStarted,
    TrialEnded,
)
from automl_edge.domain.units import show_size, show_time

if TYPE_CHECKING:
    from rich.console import Console

_PLAIN_INTERVAL_S = 10.0
"""A plain log gets a progress line this often at most."""


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[OnEvent]:
    """A listener for events, drawn on ``stream`` (standard error unless given)."""
    shown = stream if stream is not None else sys.stderr
    if not shown.isatty():
        with heard_in_the_end(PlainProgress(shown)) as plain:
            yield plain
        return
    from rich.console import Console

    with (
        LiveProgress.on(Console(file=shown, highlight=False)) as live,
        heard_in_the_end(live) as listener,
    ):
        yield listener


def trial_line(event: TrialEnded) -> str:
    """One trained candidate in one line."""
    candidate = event.candidate
    footprint = candidate.footprint
    return (
        f"trial {event.number}: {visible(candidate.space)}, {100 * event.score:.1f} % on "
        f"validation, best {100 * event.best:.1f} % ({show_size(footprint.flash_bytes)} flash, "
        f"{show_size(footprint.ram_bytes)} RAM, {show_time(footprint.latency_ms / 1000)})"
    )


def measured_line(event: CandidateMeasured) -> str:
    """What was measured beside what had been predicted, and how far off predictions are."""
    found, said = event.measured, event.predicted
    sizes = (
        f"{show_size(found.flash_bytes)} flash ({_off(said.flash_bytes / found.flash_bytes - 1)}), "
        f"{show_size(found.ram_bytes)} RAM ({_off(said.ram_bytes / found.ram_bytes - 1)})"
    )
    if event.latency_error is None or event.mean_error is None:
        return f"trial {event.number} linked: {sizes}; its latency stays predicted"
    return (
        f"trial {event.number} measured: {show_time(found.latency_ms / 1000)}, "
        f"{show_time(said.latency_ms / 1000)} predicted ({_off(event.latency_error)}; "
        f"{100 * event.mean_error:.1f} % on average so far), {sizes}"
    )


def _off(error: float) -> str:
    return f"{100 * error:+.1f} %"


def stage_line(event: StageStarted) -> str:
    """The stage's name and what it does."""
    return visible(f"{event.name}: {event.detail}" if event.detail else event.name)


class PlainProgress:
    """Lines that begin with the seconds since the start, for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._start = time.monotonic()
        self._told = self._start

    def __call__(self, event: Event) -> None:
        """Write a line about ``event``; steps of a stage only now and then."""
        match event:
            case StageStarted():
                self._write(stage_line(event))
            case Note(text):
                self._write(visible(text))
            case TrialEnded():
                left = event.seconds_left
                rest = "" if left is None else f", {show_time(max(0, round(left)))} left"
                self._write(trial_line(event) + rest)
            case CandidateMeasured():
                self._write(measured_line(event))
            case Progress(done, total):
                if time.monotonic() - self._told >= _PLAIN_INTERVAL_S:
                    self._write(f"{done} of {total}")

    def _write(self, line: str) -> None:
        self._told = time.monotonic()
        print(f"{self._told - self._start:6.1f} s  {line}", file=self._stream, flush=True)


class LiveProgress:
    """One line that moves: stage, bar, best so far, time left; finished stages stay above it."""

    def __init__(self, console: Console) -> None:
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Bars

        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[status]}", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._bars.add_task("", total=None, status="", visible=False)
        self._stage = ""
        self._began = time.monotonic()
        self._best = -1.0

    @classmethod
    @contextmanager
    def on(cls, console: Console) -> Iterator[LiveProgress]:
        """A display that is drawn on ``console`` until the block ends."""
        live = cls(console)
        with live._bars:
            yield live
            live._close_stage()

    def __call__(self, event: Event) -> None:
        """Redraw for ``event``."""
        match event:
            case StageStarted():
                self._close_stage()
                self._stage, self._began = stage_line(event), time.monotonic()
                self._bars.reset(self._task, total=None, description=self._stage, status="")
                self._bars.update(self._task, visible=True, total=None)
            case Note(text):
                self._say(f"  {visible(text)}")
            case TrialEnded():
                self._trial(event)
            case CandidateMeasured():
                self._say(f"  {measured_line(event)}")
            case Progress(done, total):
                self._bars.update(self._task, completed=done, total=total)

    def _trial(self, event: TrialEnded) -> None:
        if event.best > self._best:
            self._best = event.best
            self._say(f"  {trial_line(event)}")
        left = event.seconds_left
        rest = "" if left is None else f", {show_time(max(0, round(left)))} left"
        status = f"{event.number} trained, best {100 * event.best:.1f} %{rest}"
        self._bars.update(self._task, status=status, refresh=True)

    def _close_stage(self) -> None:
        if self._stage:
            self._say(f"{self._stage} ({show_time(time.monotonic() - self._began)})")
            self._stage = ""

    def _say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, soft_wrap=True)
