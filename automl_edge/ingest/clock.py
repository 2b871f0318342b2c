"""Finds a table's time column and its unit, and brings rows to one even rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from automl_edge.ingest.table import Table

_TIME_NAME = re.compile(
    r"^(t|ts|time|date|epoch|clock|uptime|elapsed|millis|micros|nanos|seconds?|secs?|ms|us|ns)$"
    r"|time|stamp|^elapsed|elapsed$|^t[ _(\[]",
    re.IGNORECASE,
)
_INDEX_NAME = re.compile(
    r"^(|index|idx|id|i|n|no|nr|#|row|sample|samples|sample[ _]?(id|no|nr|number)"
    r"|frame|seq|sequence|counter|count|packet|unnamed: 0)$",
    re.IGNORECASE,
)
_UNIT_NAME = re.compile(
    r"(?:^|[ _(\[/.])(?:(?P<ns>ns|nsec|nanos|nanoseconds?)"
    r"|(?P<us>us|usec|µs|μs|micros|microseconds?)"
    r"|(?P<ms>ms|msec|millis|milliseconds?)|(?P<s>s|secs?|seconds?))(?:[)\]]|$|_elapsed$)",
    re.IGNORECASE,
)
UNIT_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_SLOWEST_HZ, _FASTEST_HZ = 5.0, 2000.0
_EPOCH_SECONDS = (8e8, 5e9)
"""Mid 1995 to 2128: a stamp in this range, in some unit, counts from 1970."""

_EVEN_STEP_SHARE = 0.9
_NICE_RATES = (
    *(1, 2, 4, 5, 8, 10, 12.5, 15, 16, 20, 25, 26, 30, 32, 40, 50, 52, 60, 62.5, 64, 75, 80, 100),
    *(104, 119, 120, 125, 128, 150, 160, 200, 208, 225, 240, 250, 256, 300, 400, 416, 500, 512),
    *(800, 833, 1000, 1024, 1600, 1666, 2000),
)
_NICE_WITHIN = 0.03
_ON_GRID = 0.02


@dataclass(frozen=True, slots=True)
class Clock:
    """The time column of a table: seconds of each row from the first, and its name.

    ``seconds`` is None where the table has only a row counter or no such column at all;
    ``name`` is then the counter's name or None.
    """

    name: str | None
    seconds: NDArray[np.float64] | None


def find_clock(table: Table) -> Clock:
    """The time column by name, by content (rising evenly), or a row counter, or none."""
    for name, cells in table.texts.items():
        stamps = _datetimes(cells)
        if stamps is not None:
            return Clock(name, stamps)
    for column, name in enumerate(table.names):
        if table.header and _TIME_NAME.search(name) and _rises(table.numbers[:, column]):
            return Clock(name, _seconds(table.numbers[:, column], name))
    for column, name in enumerate(table.names):
        named = table.header and _INDEX_NAME.match(name) is not None
        if (named and _rises(table.numbers[:, column])) or (
            column == 0 and not table.header and _counts(table.numbers[:, 0])
        ):
            return Clock(name, None)
    if len(table.names) > 1 and _rises_evenly(table.numbers[:, 0]):
        return Clock(table.names[0], _seconds(table.numbers[:, 0], ""))
    return Clock(None, None)


def rate_of(seconds: NDArray[np.float64]) -> float:
    """Rows a second, gaps left out; 0 where it cannot be told."""
    steps = np.diff(seconds)
    steps = steps[steps > 0]
    if len(steps) == 0:
        return 0.0
    usual = steps[steps <= 2.5 * np.median(steps)]
    return float(1.0 / usual.mean())


def nice_rate(rate: float) -> float:
    """The usual sensor rate within 3 % of ``rate`` Hz, else ``rate`` to three digits."""
    near = min(_NICE_RATES, key=lambda nice: abs(nice / rate - 1))
    return float(near) if abs(near / rate - 1) <= _NICE_WITHIN else float(f"{rate:.3g}")


def spread_equal_stamps(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that share a coarse stamp, spread evenly until the next stamp.

    Loggers that stamp whole seconds write the same time on many rows.
    """
    fresh = np.flatnonzero(np.diff(seconds, prepend=-np.inf) != 0)
    if len(fresh) == len(seconds) or len(fresh) < 2:
        return seconds
    per_row = (seconds[fresh[-1]] - seconds[fresh[0]]) / (fresh[-1] - fresh[0])
    end = seconds[fresh[-1]] + per_row * (len(seconds) - fresh[-1])
    spread: NDArray[np.float64] = np.interp(
        np.arange(len(seconds)), np.append(fresh, len(seconds)), np.append(seconds[fresh], end)
    )
    return spread


def gaps(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Indices of rows before which the clock jumps: back, or ahead by over half a second.

    A step of up to 20 usual ones is bridged even where it takes longer.
    """
    steps = np.diff(seconds)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    return np.flatnonzero((steps < 0) | (steps > max(0.5, 20 * usual))).astype(np.int64) + 1


def resample(
    values: NDArray[np.float64], seconds: NDArray[np.float64], rate: float
) -> NDArray[np.float64]:
    """``values`` (rows, axes) at ``seconds`` brought to an even ``rate`` Hz by interpolation.

    Rows that already lie on the grid pass unchanged. Much faster recordings are averaged
    over the new step first, so that nothing folds down.
    """
    since = seconds - seconds[0]
    grid = np.arange(int(np.floor(since[-1] * rate + _ON_GRID)) + 1) / rate
    if len(grid) == len(since) and np.abs(grid - since).max() * rate <= _ON_GRID:
        return values
    width = round(rate_of(since) / rate)
    if width >= 2:
        values = _averaged(values, width)
    columns = [np.interp(grid, since, axis) for axis in values.T]
    return np.stack(columns, axis=1) if columns else values


def _averaged(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    left = (width - 1) // 2
    padded = np.pad(values, ((left, width - 1 - left), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)
    return np.asarray(windows.mean(axis=-1), dtype=np.float64)


def _datetimes(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """Seconds from the first of ISO dates and times; None if the cells are other text."""
    stamps = []
    for cell in cells:
        try:
            stamp = datetime.fromisoformat(cell.replace("/", "-"))
            stamps.append((stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError, OSError):
            return None
    if not stamps:
        return None
    since = np.array(stamps, dtype=np.float64)
    return np.asarray(since - since[0], dtype=np.float64)


def _rises(column: NDArray[np.float64]) -> bool:
    """True for a clock or counter that may repeat and, rarely, start again."""
    steps = np.diff(column)
    return len(steps) > 0 and float((steps >= 0).mean()) >= 0.99 and bool((steps > 0).any())


def _rises_evenly(column: NDArray[np.float64]) -> bool:
    """True for a column that no sensor axis looks like: always rising, in equal steps."""
    steps = np.diff(column)
    if len(steps) < 8 or not (steps > 0).all():
        return False
    usual = np.median(steps)
    return bool((np.abs(steps / usual - 1) < 0.5).mean() >= _EVEN_STEP_SHARE)


def _counts(column: NDArray[np.float64]) -> bool:
    """True for 0, 1, 2, ... or 1, 2, 3, ..."""
    return len(column) > 8 and column[0] in (0.0, 1.0) and bool((np.diff(column) == 1.0).all())


def _seconds(column: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    unit = _unit_in_name(name) or _unit_of_epoch(column) or _unit_by_rate(column)
    return np.asarray((column - column[0]) * UNIT_SECONDS[unit], dtype=np.float64)


def _unit_in_name(name: str) -> str | None:
    match = _UNIT_NAME.search(name)
    return match.lastgroup if match else None


def _unit_of_epoch(column: NDArray[np.float64]) -> str | None:
    low, high = _EPOCH_SECONDS
    for unit, size in UNIT_SECONDS.items():
        if low <= column[0] * size <= high:
            return unit
    return None


def _unit_by_rate(column: NDArray[np.float64]) -> str:
    """The unit in which the rows come at 5 to 2000 Hz, as motion sensors do; else seconds."""
    steps = np.diff(column)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    for unit, size in UNIT_SECONDS.items():
        if usual > 0 and _SLOWEST_HZ <= 1 / (usual * size) <= _FASTEST_HZ:
            return unit
    return "s"
