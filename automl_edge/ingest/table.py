"""Reads a CSV as people and loggers write them: any delimiter, header or none, bad rows told."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.ingest.records import UnusableError

_SNIFFED_LINES = 50
_TEXT_SHARE = 0.5
_COMMENT_MARKS = ("#", "%", "//")
_MAX_COLUMNS = 256
_LARGEST = 1e30
"""No sensor, and no clock in nanoseconds, gives numbers as large; squares stay finite."""

_NOT_FINITE = "not a finite number, or beyond 1e30"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line number in the file, from 1, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of numbers and columns of text, bad rows removed.

    ``numbers`` is float64 (rows, len(names)), all finite; ``texts`` maps a column's name to
    one cell a row; ``rows`` holds the number of each row in the file, from 0 at the first
    row of data, bad rows counted. ``header`` is False where the names are made up.
    """

    names: tuple[str, ...]
    numbers: NDArray[np.float64]
    texts: Mapping[str, tuple[str, ...]]
    rows: NDArray[np.int64]
    bad: tuple[BadRow, ...]
    header: bool


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the lines are to be read."""

    delimiter: str | None
    names: tuple[str, ...]
    header_rows: int
    decimal_comma: bool
    numeric: tuple[bool, ...]


def parse_table(data: bytes) -> Table:
    """The table in ``data``; raises UnusableError where there is none to speak of."""
    lines, first_line = _lines(data)
    layout = _layout(lines)
    body = lines[layout.header_rows :]
    line_numbers = first_line[layout.header_rows :]
    if layout.decimal_comma:
        body = [line.replace(",", ".") for line in body]
    numbers = _all_at_once(body, layout) if all(layout.numeric) else None
    if numbers is not None:
        finite = (np.abs(numbers) < _LARGEST).all(axis=1)
        bad = tuple(BadRow(line_numbers[row], _NOT_FINITE) for row in np.flatnonzero(~finite))
        header = layout.header_rows > 0
        return Table(
            layout.names, numbers[finite], {}, np.flatnonzero(finite).astype(np.int64), bad, header
        )
    return _row_by_row(body, line_numbers, layout)


def _lines(data: bytes) -> tuple[list[str], list[int]]:
    """Lines that are neither blank nor comments, and the number of each in the file."""
    kept: list[str] = []
    numbers: list[int] = []
    for number, line in enumerate(_text(data).splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith(_COMMENT_MARKS):
            kept.append(line)
            numbers.append(number)
    if not kept:
        raise UnusableError("holds no rows")
    return kept, numbers


def _text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:4096]:
        raise UnusableError("not a text file (damaged or mislabelled)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _layout(lines: Sequence[str]) -> _Layout:
    head = lines[:_SNIFFED_LINES]
    delimiter = _delimiter(head)
    comma = delimiter not in (",", None) and any("," in line for line in head)
    comma = comma and not any("." in line for line in head[1:])
    rows = [split_row(line.replace(",", ".") if comma else line, delimiter) for line in head]
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    if width > _MAX_COLUMNS:
        raise UnusableError(f"{width} columns are too many (at most {_MAX_COLUMNS})")
    later = [row for row in rows[1:] if len(row) == width]
    later = later or [row for row in rows if len(row) == width]
    numeric = tuple(_is_numeric_column([row[c] for row in later]) for c in range(width))
    if not any(numeric):
        raise UnusableError("holds no column of numbers")
    header_rows = 0
    while header_rows < min(2, len(rows) - 1) and _is_header(rows[header_rows], numeric):
        header_rows += 1
    raw = split_row(lines[0], delimiter) if header_rows else []
    return _Layout(delimiter, _names(raw, width), header_rows, comma, numeric)


def _delimiter(head: Sequence[str]) -> str | None:
    """The separator that most lines hold equally often; None for white space."""
    for candidate in (";", "\t", "|", ","):
        counts = Counter(line.count(candidate) for line in head)
        often, lines = counts.most_common(1)[0]
        if often > 0 and lines >= 0.6 * len(head):
            return candidate
    return "," if any("," in line for line in head) else None


def split_row(line: str, delimiter: str | None) -> list[str]:
    """The cells of one line, stripped; quotes are honoured. One empty last cell is dropped."""
    if delimiter is None:
        return line.split()
    cells = next(csv.reader([line], delimiter=delimiter)) if '"' in line else line.split(delimiter)
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]


def number(cell: str) -> float | None:
    """The number that ``cell`` holds, NaN and infinity included, or None for other text."""
    if "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _is_numeric_column(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    numbers = sum(number(cell) is not None for cell in filled)
    return numbers > _TEXT_SHARE * len(filled)


def _is_header(row: Sequence[str], numeric: Sequence[bool]) -> bool:
    """True if a row of at least those columns has text where the others have numbers."""
    over_numbers = [cell for cell, is_number in zip(row, numeric, strict=False) if is_number]
    return bool(over_numbers) and all(number(cell) is None for cell in over_numbers)


def _names(raw: Sequence[str], width: int) -> tuple[str, ...]:
    """``width`` distinct column names; made up where the header has none."""
    names: list[str] = []
    for column in range(width):
        name = raw[column] if column < len(raw) and raw[column] else f"column {column + 1}"
        names.append(name if name not in names else f"{name} ({column + 1})")
    return tuple(names)


def _all_at_once(body: Sequence[str], layout: _Layout) -> NDArray[np.float64] | None:
    """The fast way for clean tables of numbers; None where a row needs a closer look.

    Tables are read by several threads, so that no warning filter may be set here: filters
    are the whole process's.
    """
    if not body:
        return None
    try:
        numbers = np.loadtxt(
            body, dtype=np.float64, delimiter=layout.delimiter, comments=None, ndmin=2
        )
    except ValueError:
        return None
    if len(numbers) != len(body) or numbers.shape[1] != len(layout.names):
        return None
    return numbers


def _row_by_row(body: Sequence[str], line_numbers: Sequence[int], layout: _Layout) -> Table:
    width = len(layout.names)
    numeric = [c for c in range(width) if layout.numeric[c]]
    textual = [c for c in range(width) if not layout.numeric[c]]
    numbers: list[list[float]] = []
    texts: list[list[str]] = []
    rows: list[int] = []
    bad: list[BadRow] = []
    for row, line in enumerate(body):
        cells = split_row(line, layout.delimiter)
        cells += [""] * (
            len(cells) == width - 1 and line.rstrip().endswith(layout.delimiter or " ")
        )
        values = _numbers_of(cells, numeric, width)
        if isinstance(values, str):
            bad.append(BadRow(line_numbers[row], values))
            continue
        numbers.append(values)
        texts.append([cells[c] for c in textual])
        rows.append(row)
    columns = {layout.names[c]: tuple(t[i] for t in texts) for i, c in enumerate(textual)}
    return Table(
        tuple(layout.names[c] for c in numeric),
        np.array(numbers, dtype=np.float64).reshape(len(numbers), len(numeric)),
        columns,
        np.array(rows, dtype=np.int64),
        tuple(bad),
        layout.header_rows > 0,
    )


def _numbers_of(cells: Sequence[str], numeric: Sequence[int], width: int) -> list[float] | str:
    """The row's numbers, or what is wrong with it."""
    if len(cells) != width:
        return f"{len(cells)} cells, {width} expected"
    values = []
    for column in numeric:
        value = number(cells[column])
        if value is None:
            return f"{cells[column][:20]!r} is not a number" if cells[column] else "an empty cell"
        if not abs(value) < _LARGEST:
            return _NOT_FINITE
        values.append(value)
    return values
