"""CSV as loggers write it: delimiters, headers, clocks, units, and bad rows by number."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_edge.ingest.clock import (
    find_clock,
    gaps,
    nice_rate,
    rate_of,
    resample,
    spread_equal_stamps,
)
from automl_edge.ingest.records import UnusableError
from automl_edge.ingest.table import parse_table
from tests.makers import csv_text, motion


def rate(text: str) -> float | None:
    clock = find_clock(parse_table(text.encode()))
    return None if clock.seconds is None else round(rate_of(clock.seconds), 3)


def timed(header: str | None, start: float, step: float, rows: int = 30) -> str:
    values = motion(1, rows)
    lines = [header] if header else []
    for number, row in enumerate(values):
        lines.append(",".join([f"{start + number * step:.15g}", *(f"{v:g}" for v in row)]))
    return "\n".join(lines)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("header", ["x,y,z", None])
def test_delimiters_and_headers(delimiter, header):
    values = motion(2)
    text = csv_text(values, header, step=None).replace(",", delimiter)
    table = parse_table(text.encode())
    assert (table.numbers == values).all()
    assert table.header is (header is not None)
    assert table.names == (("x", "y", "z") if header else ("column 1", "column 2", "column 3"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding):
    text = "größe,y\n1,2\n3,4\n5,6\n"
    assert parse_table(text.encode(encoding)).names == ("größe", "y")


def test_windows_line_ends_comments_quotes_and_trailing_delimiters():
    text = '# made by a logger\r\n"x","y",\r\n"1","2",\r\n3,4,\r\n\r\n5,6,\r\n'
    table = parse_table(text.encode())
    assert table.names == ("x", "y")
    assert table.numbers.tolist() == [[1, 2], [3, 4], [5, 6]]


def test_decimal_commas():
    table = parse_table(b"x;y\n1,5;2,25\n-0,5;1\n3,5;2\n")
    assert table.numbers.tolist() == [[1.5, 2.25], [-0.5, 1], [3.5, 2]]


def test_two_header_rows():
    table = parse_table(b"t,x\ns,g\n0,1\n1,2\n2,3\n")
    assert table.names == ("t", "x")
    assert len(table.numbers) == 3


def test_bad_rows_are_left_out_and_numbered_as_in_the_file():
    text = "x,y\n1,2\n3\n4,oops\n5,nan\n6,7\n8,9,10\n,1\n11,-1e31\n12,13\n"
    table = parse_table(text.encode())
    assert table.numbers.tolist() == [[1, 2], [6, 7], [12, 13]]
    assert table.rows.tolist() == [0, 4, 8]
    assert [(row.line, row.reason) for row in table.bad] == [
        (3, "1 cells, 2 expected"),
        (4, "'oops' is not a number"),
        (5, "not a finite number, or beyond 1e30"),
        (7, "3 cells, 2 expected"),
        (8, "an empty cell"),
        (9, "not a finite number, or beyond 1e30"),
    ]


def test_not_a_number_alone_takes_the_fast_way_and_is_numbered():
    table = parse_table(b"x,y\n1,2\n3,nan\n4,5\n")
    assert [row.line for row in table.bad] == [3]
    assert table.rows.tolist() == [0, 2]


def test_reading_leaves_the_process_warning_filters_alone(monkeypatch):
    """Tables are read in threads, where setting and restoring filters would cross."""
    with monkeypatch.context() as patched:
        patched.setattr(warnings, "catch_warnings", None)
        table = parse_table(b"x,y\n1,2\n3,4\n")
    assert table.numbers.tolist() == [[1, 2], [3, 4]]


def test_text_columns_are_kept_as_text():
    table = parse_table(b"x,label,y\n1,walk,2\n3,run,4\n5,run,6\n")
    assert table.names == ("x", "y")
    assert table.texts == {"label": ("walk", "run", "run")}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no rows"),
        (b"\n\n# only a comment\n", "no rows"),
        (b"just words\nand more words\n", "no column of numbers"),
        (b"\x89PNG\r\n\0\0\0", "not a text file"),
    ],
)
def test_what_is_no_table(content, reason):
    with pytest.raises(UnusableError, match=reason):
        parse_table(content)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_or_a_reason(content):
    try:
        table = parse_table(content)
    except UnusableError:
        return
    assert np.isfinite(table.numbers).all()
    assert table.numbers.shape == (len(table.rows), len(table.names))


@pytest.mark.parametrize(
    ("header", "start", "step", "expected"),
    [
        ("t_ms,x,y,z", 0, 10, 100.0),
        ("time (s),x,y,z", 0, 0.02, 50.0),
        ("timestamp_us,x,y,z", 5, 2500, 400.0),
        ("time[ns],x,y,z", 0, 2e7, 50.0),
        ("time,x,y,z", 1.6e9, 0.05, 20.0),
        ("time,x,y,z", 1.6e12, 20, 50.0),
        ("ts,x,y,z", 0, 10, 100.0),
        ("time,x,y,z", 0, 0.01, 100.0),
        ("seconds_elapsed,x,y,z", 0, 0.01, 100.0),
        (None, 0, 0.01, 100.0),
        (None, 0, 10, 100.0),
        (None, 100, 5000, 200.0),
        ("index,x,y,z", 0, 1, None),
        (None, 0, 1, None),
        ("a,x,y,z", 3, -0.5, None),
    ],
)
def test_the_time_column_and_its_unit(header, start, step, expected):
    assert rate(timed(header, start, step)) == expected


def test_iso_times():
    lines = ["when,x,y"]
    lines += [f"2024-05-01T10:00:{n * 0.02:06.3f}Z,{n % 7},{n % 5}" for n in range(40)]
    assert rate("\n".join(lines)) == pytest.approx(50, rel=1e-3)


def test_an_axis_is_not_taken_for_a_clock():
    table = parse_table(csv_text(motion(3), "x,y,z", step=None).encode())
    clock = find_clock(table)
    assert clock.name is None
    assert clock.seconds is None


def test_coarse_stamps_are_spread():
    stamps = np.repeat([10.0, 11.0, 12.0], 50)
    spread = spread_equal_stamps(stamps)
    assert np.allclose(np.diff(spread), 0.02)
    assert rate_of(spread) == pytest.approx(50)


def test_gaps_and_backward_jumps():
    stamps = np.concatenate([np.arange(50) * 0.01, 5 + np.arange(50) * 0.01, np.arange(9) * 0.01])
    assert gaps(stamps).tolist() == [50, 100]


def test_even_rows_pass_unchanged():
    values = motion(4, 40)
    assert resample(values, np.arange(40) * 0.01, 100.0) is values


def test_uneven_rows_are_interpolated():
    rng = np.random.default_rng(5)
    seconds = np.sort(rng.uniform(0, 2, 400))
    wave = np.sin(2 * np.pi * seconds)[:, None]
    even = resample(wave, seconds, 100.0)
    grid = seconds[0] + np.arange(len(even)) / 100
    assert np.abs(even[:, 0] - np.sin(2 * np.pi * grid)).max() < 0.06


def test_faster_recordings_are_averaged_before_they_are_thinned():
    seconds = np.arange(1000) / 1000
    hum = np.sin(2 * np.pi * 250 * seconds)[:, None]
    assert np.abs(resample(hum, seconds, 50.0)[2:-2]).max() < 0.15


@pytest.mark.parametrize(("raw", "nice"), [(99.2, 100), (51.7, 52), (37.0, 37.0), (12.6, 12.5)])
def test_nice_rates(raw, nice):
    assert nice_rate(raw) == nice
