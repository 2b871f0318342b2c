"""A CSV as recordings of motion: which columns are axes, and where one recording ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.ingest.clock import Clock, find_clock, gaps, spread_equal_stamps
from automl_edge.ingest.records import UnusableError
from automl_edge.ingest.table import BadRow, Table, parse_table

MAX_FILE_BYTES = 1 << 30
_LABEL_NAME = re.compile(
    r"^(label|labels|class|activity|activities|target|category|gesture|annotation|y_true)"
    r"([ _-]?(name|id))?$",
    re.IGNORECASE,
)
_SUBJECT_NAME = re.compile(
    r"^(subject|user|participant|person|volunteer|speaker|session|recording|device|wearer)"
    r"([ _-]?(name|id|no|nr))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Recordings:
    """A parsed CSV: axes as float64 (rows, axes), a clock, and a label or subject a row.

    ``seconds`` is None without a time column. ``rows`` numbers the rows as they stand in
    the file. ``others`` says whether there were text or label columns that are no axes.
    """

    axes: tuple[str, ...]
    values: NDArray[np.float64]
    seconds: NDArray[np.float64] | None
    rows: NDArray[np.int64]
    labels: tuple[str, ...] | None
    subjects: tuple[str, ...] | None
    bad: tuple[BadRow, ...]
    header: bool
    others: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One recording: kept rows ``start`` to ``stop`` (not included) of a file."""

    start: int
    stop: int


def load_recordings(file: Path) -> Recordings:
    """Parse ``file``; the last few files are remembered. Raises UnusableError."""
    try:
        about = file.stat()
    except OSError as problem:
        raise UnusableError(f"cannot be opened ({problem.strerror})") from None
    if about.st_size > MAX_FILE_BYTES:
        raise UnusableError("over 1 GiB; cut it into recordings")
    return _load(file, about.st_mtime_ns, about.st_size)


def pieces(recordings: Recordings) -> Iterator[Piece]:
    """Stretches without a jump of the clock and with one label and subject throughout."""
    total = len(recordings.values)
    edges = {0, total}
    clock = recordings.seconds
    stamps = clock if clock is not None else recordings.rows / 50.0
    edges.update(int(edge) for edge in gaps(stamps))
    for column in (recordings.labels, recordings.subjects):
        if column is not None:
            edges.update(i for i in range(1, total) if column[i] != column[i - 1])
    ordered = sorted(edges)
    for start, stop in pairwise(ordered):
        yield Piece(start, stop)


@lru_cache(maxsize=8)
def _load(file: Path, _changed: int, _size: int) -> Recordings:
    try:
        table = parse_table(file.read_bytes())
    except OSError as problem:
        raise UnusableError(f"cannot be read ({problem.strerror})") from None
    clock = find_clock(table)
    columns = _all_columns(table)
    label = _named(columns, _LABEL_NAME, table.header)
    subject = _named(columns, _SUBJECT_NAME, table.header)
    spare = {clock.name, label, subject}
    if label is None:
        texts = [name for name in table.texts if name not in spare]
        label = texts[0] if len(texts) == 1 else None
        spare.add(label)
    axes = tuple(name for name in table.names if name not in spare)
    if not axes:
        raise UnusableError("holds no column of numbers besides time and labels")
    values = table.numbers[:, [table.names.index(name) for name in axes]]
    values.flags.writeable = False
    return Recordings(
        axes=axes,
        values=values,
        seconds=_clean_clock(clock),
        rows=table.rows,
        labels=None if label is None else columns[label],
        subjects=None if subject is None else columns[subject],
        bad=table.bad,
        header=table.header,
        others=bool(set(table.texts) - {clock.name}) or label is not None,
    )


def _clean_clock(clock: Clock) -> NDArray[np.float64] | None:
    return None if clock.seconds is None else spread_equal_stamps(clock.seconds)


def _named(
    columns: Mapping[str, tuple[str, ...]], pattern: re.Pattern[str], header: bool
) -> str | None:
    return next((name for name in columns if header and pattern.match(name)), None)


def _all_columns(table: Table) -> dict[str, tuple[str, ...]]:
    """Every column as text, so that labels may be words or whole numbers."""
    wanted = [n for n in table.names if _LABEL_NAME.match(n) or _SUBJECT_NAME.match(n)]
    numbers = {
        name: tuple(f"{value:.12g}" for value in table.numbers[:, table.names.index(name)])
        for name in wanted
    }
    return {**dict(table.texts), **numbers}
