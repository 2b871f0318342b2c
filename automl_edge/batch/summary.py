"""The rows of a batch as a table for programs, for spreadsheets and for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_edge.batch.rows import Row, State
from automl_edge.domain.units import show_size, show_time
from automl_edge.export.write import write_file
from automl_edge.report.codec import dumps, to_json
from automl_edge.report.templates import template
from automl_edge.version import __version__

COLUMNS = (
    "job",
    "state",
    "data",
    "target",
    "accuracy",
    "low",
    "high",
    "flash_bytes",
    "ram_bytes",
    "latency_ms",
    "latency_source",
    "seconds",
    "message",
    "hint",
)
"""Of ``summary.csv``; the figures are those of ``rows.Figures``."""


@dataclass(frozen=True, slots=True)
class _Summary:
    version: str
    jobs: tuple[Row, ...]


def write_summary(rows: Sequence[Row], out: Path) -> None:
    """Write ``summary.csv``, ``.json`` and ``.html`` into ``out``, each whole or not at all.

    Raises EnvironmentProblem if the disk refuses.
    """
    write_file(out / "summary.json", (dumps(_Summary(__version__, tuple(rows))) + "\n").encode())
    write_file(out / "summary.csv", as_csv(rows).encode("utf-8", "backslashreplace"))
    write_file(out / "summary.html", as_html(rows).encode("utf-8", "backslashreplace"))


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each of ``rows`` under COLUMNS; what is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        plain = to_json(row)
        values = {**plain, **(plain["figures"] or {})}
        writer.writerow([_harmless(values.get(column)) for column in COLUMNS])
    return text.getvalue()


def as_html(rows: Sequence[Row]) -> str:
    """A page with the same and links to the reports."""
    counts = {state: sum(row.state is state for row in rows) for state in State}
    shown = [(row, shown_figures(row)) for row in rows]
    return template("batch").render(rows=shown, counts=counts, words=WORDS, version=__version__)


WORDS: Mapping[State, str] = {
    State.FITS: "fits",
    State.NEAREST: "does not fit",
    State.FAILED: "failed",
    State.WAITING: "waiting",
}


def shown_figures(row: Row) -> tuple[str, str, str, str, str]:
    """Accuracy with its interval, flash, RAM, latency and time for people; empty without them."""
    found = row.figures
    if found is None:
        return ("",) * 5
    return (
        f"{100 * found.accuracy:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})",
        show_size(found.flash_bytes),
        show_size(found.ram_bytes),
        f"{show_time(found.latency_ms / 1000)}, {found.latency_source.value}",
        show_time(found.seconds),
    )


def _harmless(value: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    is_formula = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if is_formula else value
