"""A batch on the terminal: a line when something happens to a job, a table in the end."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from automl_edge.batch.rows import Row, State
from automl_edge.batch.run import BatchResult, JobBegan, JobEnded, JobTold
from automl_edge.batch.summary import WORDS, shown_figures
from automl_edge.cli.layout import shell, table, visible
from automl_edge.domain.run import Event, Note, StageStarted, TrialEnded
from automl_edge.domain.units import show_time


class BatchProgress:
    """Lines that begin with the seconds since the start and the job's name."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._start = time.monotonic()
        self._best: dict[str, float] = {}

    def __call__(self, event: JobBegan | JobTold | JobEnded) -> None:
        """Write a line about ``event``, if it is worth one."""
        match event:
            case JobBegan(job):
                self._write(job, "begins")
            case JobTold(job, told):
                line = self._line(job, told)
                if line:
                    self._write(job, line)
            case JobEnded(row, before):
                self._write(row.job, "was done before" if before and row.figures else ended(row))

    def _line(self, job: str, event: Event) -> str:
        match event:
            case StageStarted():
                return event.detail or event.name
            case Note(text):
                return text
            case TrialEnded() if event.best > self._best.get(job, -1.0):
                self._best[job] = event.best
                left = event.seconds_left
                rest = "" if left is None else f", {show_time(max(0, round(left)))} left"
                return f"best so far {100 * event.best:.1f} % on validation{rest}"
        return ""

    def _write(self, job: str, line: str) -> None:
        seconds = time.monotonic() - self._start
        print(f"{seconds:7.1f} s  {job}: {visible(line)}", file=self._stream, flush=True)


def ended(row: Row) -> str:
    """What became of a job, in one line."""
    if row.figures is None:
        return f"failed: {row.message}"
    accuracy, flash, ram, latency, _ = shown_figures(row)
    over = "" if row.state is State.FITS else f"; does not fit: {row.message}"
    return f"{accuracy} on the test part, {flash} flash, {ram} RAM, {latency}{over}"


def batch_lines(result: BatchResult) -> list[str]:
    """A line for each job, and where everything is."""
    rows = [("job", "target", "", "accuracy", "flash", "RAM", "latency", "search")]
    rows += [(row.job, row.target, WORDS[row.state], *shown_figures(row)) for row in result.rows]
    lines = table(rows, "   rrrrr")
    for row in result.failed:
        lines += ["", f"  {row.job}: {visible(row.message)}"]
        if row.hint:
            lines.append(f"    {visible(row.hint)}")
    return [*lines, "", f"  {shell(result.out / 'summary.html')} has links to the reports."]
