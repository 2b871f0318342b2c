"""Motion recordings: from CSV rows to int16 counts at one rate."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.dataset import MotionFormat, SetAside
from automl_edge.ingest.clock import nice_rate, rate_of, resample
from automl_edge.ingest.fingerprint import motion_print
from automl_edge.ingest.recording import Piece, Recordings, load_recordings, pieces
from automl_edge.ingest.records import (
    Entry,
    FileReadings,
    MotionFacts,
    Reading,
    Remark,
    Trait,
    UnusableError,
)
from automl_edge.ingest.table import BadRow

ASSUMED_RATE_HZ = 50.0
"""Rate of recordings without a time column; only times that are printed depend on it."""

MIN_ROWS = 8
"""A shorter recording cannot fill half of the smallest window of any search space."""

_INT16 = 32767
_HEADROOM = 1.25
_TYPICAL_QUANTILE = 0.99
_OUTLIER = 8.0
_SHOWN_ROWS = 3
_DIRECTION = re.compile(r"[xyzXYZ](?![A-Za-z])|^[xyz](?=[A-Z])")


def inspect_motion(entry: Entry) -> FileReadings:
    """Every recording in one CSV; raises UnusableError if there is none."""
    found = load_recordings(entry.file)
    if entry.label is None and found.labels is None:
        raise UnusableError("not in a class folder, and without a label column")
    if len(found.values) == 0:
        raise UnusableError(_no_rows(found))
    cuts = list(pieces(found)) if entry.label is None else _by_clock(found)
    aside = [SetAside(entry.path, _left_out(found.bad))] if found.bad else []
    readings = []
    for piece in cuts:
        rows = _rows_of(found, piece)
        length = piece.stop - piece.start
        if length >= MIN_ROWS:
            readings.append(_reading(entry, found, piece, None if len(cuts) == 1 else rows))
            continue
        where = "" if len(cuts) == 1 else f"#{rows[0]}-{rows[1]}"
        reason = _too_few(length)
        if not where and found.bad:
            reason += f"; {_left_out(found.bad)}"
        aside.append(SetAside(entry.path + where, reason))
    if not readings:
        raise UnusableError(aside[-1].reason)
    return FileReadings(tuple(readings), tuple(aside))


def read_motion(
    file: Path, rows: tuple[int, int] | None, form: MotionFormat, rate_hz: float
) -> NDArray[np.int16]:
    """One recording as int16 counts (n, axes) at ``rate_hz``; raises UnusableError.

    ``rows`` selects rows of the file; without it, the whole file is one recording. Values
    beyond the range of int16 are clipped.
    """
    found = load_recordings(file)
    columns = matching_columns(found.axes, found.header, form.axes)
    if columns is None:
        raise UnusableError(
            f"columns {', '.join(found.axes)} where {', '.join(form.axes)} are expected"
        )
    first, last = (
        (0, int(found.rows[-1]) + 1) if rows is None and len(found.rows) else rows or (0, 0)
    )
    kept = slice(*np.searchsorted(found.rows, (first, last)))
    values = found.values[kept][:, columns]
    if len(values) == 0:
        raise UnusableError(_no_rows(found))
    if len(values) < MIN_ROWS:
        raise UnusableError(_too_few(len(values)))
    clock = found.seconds
    seconds = clock[kept] if clock is not None else found.rows[kept] / form.rate_hz
    if clock is not None and len(seconds) > 1:
        seconds = np.maximum.accumulate(seconds)
    even = resample(values, seconds, rate_hz)
    return np.clip(np.rint(even / form.units_per_count), -_INT16 - 1, _INT16).astype(np.int16)


def matching_columns(axes: Sequence[str], header: bool, wanted: Sequence[str]) -> list[int] | None:
    """Where the wanted axes are among a file's own, by name, or by place without names."""
    plain = [name.casefold() for name in axes]
    named = [plain.index(name.casefold()) for name in wanted if name.casefold() in plain]
    if len(named) == len(wanted):
        return named
    if len(axes) == len(wanted) and (not header or all(n.startswith("column ") for n in wanted)):
        return list(range(len(axes)))
    return None


@dataclass(frozen=True, slots=True)
class ChosenFormat:
    """The format of all recordings, those that have it, and the others with the reason."""

    format: MotionFormat
    readings: tuple[Reading, ...]
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]


def choose_format(readings: Sequence[Reading]) -> ChosenFormat:
    """The axes that most recordings have, their median rate, and a scale for int16."""
    votes = Counter((r.motion.axes, r.motion.header) for r in readings if r.motion)
    axes = min(votes, key=lambda vote: (-votes[vote], not vote[1], vote[0]))[0]
    kept: list[Reading] = []
    aside: list[SetAside] = []
    for reading in readings:
        own = reading.motion
        if own and matching_columns(own.axes, own.header, axes) is not None:
            kept.append(reading)
        else:
            has = ", ".join(own.axes) if own else "none"
            aside.append(SetAside(reading.key, f"columns {has} where most have {', '.join(axes)}"))
    facts = [reading.motion for reading in kept if reading.motion]
    rates = [fact.rate_hz for fact in facts if fact.rate_hz > 0]
    rate = nice_rate(float(np.median(rates))) if rates else ASSUMED_RATE_HZ
    units, notes = _scales(facts, axes)
    return ChosenFormat(MotionFormat(axes, rate, units), tuple(kept), tuple(aside), notes)


def _scales(
    facts: Sequence[MotionFacts], axes: tuple[str, ...]
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """The step of each axis's counts, and what to tell; axes of one sensor share a step."""
    places = [matching_columns(fact.axes, fact.header, axes) or () for fact in facts]
    peaks = np.array([[f.peaks[p] for p in place] for f, place in zip(facts, places, strict=True)])
    whole = np.array([[f.whole[p] for p in place] for f, place in zip(facts, places, strict=True)])
    sensors = [sensor_of(axis) for axis in axes]
    units = np.zeros(len(axes))
    for sensor in set(sensors):
        own = [column for column, name in enumerate(sensors) if name == sensor]
        top = _usual_peak(peaks[:, own].max(axis=1))
        units[own] = units_per_count(top, bool(whole[:, own].all()))
    beyond = peaks > units * (_INT16 + 1)
    notes = tuple(
        f"Far beyond the others, so clipped at {units[column] * _INT16:g}: values of {axis} in "
        f"{int(beyond[:, column].sum())} of {len(facts)} recordings."
        for column, axis in enumerate(axes)
        if beyond[:, column].any()
    )
    return tuple(units.tolist()), notes


def sensor_of(axis: str) -> str:
    """``axis`` without its direction: the same for acc_x and acc_y, for ax and ay, for x and y.

    An x, y or z is a direction where no letter follows, or first before a capital (xAccel).
    """
    return _DIRECTION.sub("?", axis)


def units_per_count(peak: float, whole: bool) -> float:
    """The step of one int16 count: 1 for whole numbers that fit, else 1, 2 or 5 times 10^k.

    ``peak`` is the largest magnitude to hold; a quarter more is left as headroom.
    """
    if whole and peak <= _INT16 + 1:
        return 1.0
    least = max(peak, 1e-9) * _HEADROOM / _INT16
    decade = 10.0 ** np.floor(np.log10(least))
    step = next(s for s in (1, 2, 5, 10) if s * decade >= least * (1 - 1e-9))
    return float(f"{step * decade:.6g}")


def _usual_peak(peaks: NDArray[np.float64]) -> float:
    """The largest peak, or a multiple of the usual large one where a glitch would be larger."""
    typical = float(np.quantile(peaks, _TYPICAL_QUANTILE, method="lower"))
    return min(float(peaks.max()), max(_OUTLIER * typical, 1e-9))


def _by_clock(found: Recordings) -> list[Piece]:
    """Pieces of a file in a class folder, where label columns do not count."""
    plain = Recordings(
        axes=found.axes,
        values=found.values,
        seconds=found.seconds,
        rows=found.rows,
        labels=None,
        subjects=found.subjects,
        bad=found.bad,
        header=found.header,
        others=found.others,
    )
    return [piece for piece in pieces(plain) if piece.stop > piece.start]


def _rows_of(found: Recordings, piece: Piece) -> tuple[int, int]:
    return int(found.rows[piece.start]), int(found.rows[piece.stop - 1]) + 1


def _reading(
    entry: Entry, found: Recordings, piece: Piece, rows: tuple[int, int] | None
) -> Reading:
    values = found.values[piece.start : piece.stop]
    clock = None if found.seconds is None else found.seconds[piece.start : piece.stop]
    rate = 0.0 if clock is None else rate_of(clock)
    seconds = len(values) / (rate or ASSUMED_RATE_HZ)
    digest = hashlib.sha256(f"motion {values.shape}".encode())
    digest.update(values.tobytes())
    label = entry.label if entry.label is not None else (found.labels or ("",))[piece.start]
    traits = {Trait.LENGTH: seconds, Trait.RATE: float(f"{rate:.2g}")}
    return Reading(
        path=entry.path,
        label=label,
        digest=digest.hexdigest(),
        size=values.shape,
        seconds=seconds,
        rows=rows,
        group=None if found.subjects is None else found.subjects[piece.start],
        fingerprint=motion_print(values),
        traits=traits,
        remarks=_remarks(found, values, rows is not None, entry.label is not None),
        motion=MotionFacts(
            axes=found.axes,
            header=found.header,
            rate_hz=rate,
            peaks=tuple(float(peak) for peak in np.abs(values).max(axis=0)),
            whole=tuple(bool(same) for same in (values == np.rint(values)).all(axis=0)),
        ),
    )


def _remarks(
    found: Recordings, values: NDArray[np.float64], cut: bool, in_class_folder: bool
) -> frozenset[Remark]:
    told = {
        Remark.CONSTANT_AXIS: bool((np.ptp(values, axis=0) == 0).any()),
        Remark.CUT_AT_GAP: cut and in_class_folder,
        Remark.OTHER_COLUMNS: found.others and in_class_folder,
        Remark.NO_CLOCK: found.seconds is None,
    }
    return frozenset(remark for remark, true in told.items() if true)


def _too_few(rows: int) -> str:
    found = "1 usable row is" if rows == 1 else f"{rows} usable rows are"
    return f"{found} too few (at least {MIN_ROWS})"


def _no_rows(found: Recordings) -> str:
    if not found.bad:
        return "holds no rows"
    return _left_out(found.bad).replace("; the rest is used", "; nothing is left")


def _left_out(bad: Sequence[BadRow]) -> str:
    """What is wrong with the rows that were left out, the first few by line number."""
    shown = "; ".join(f"row {row.line}: {row.reason}" for row in bad[:_SHOWN_ROWS])
    more = f" and {len(bad) - _SHOWN_ROWS} more" if len(bad) > _SHOWN_ROWS else ""
    rows = "1 row" if len(bad) == 1 else f"{len(bad)} rows"
    return f"{rows} left out ({shown}{more}); the rest is used"
