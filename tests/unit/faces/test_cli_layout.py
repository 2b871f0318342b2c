"""Columns line up whatever the names are, and no name reaches the terminal as a command."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from automl_edge.cli.layout import folder, shell, table, visible, width


def test_control_characters_are_spelled_out() -> None:
    assert visible("a\nb\x1b[2J\x07") == "a\\nb\\x1b[2J\\x07"
    assert visible("evil\u202egpj.exe") == "evil\\u202egpj.exe"
    assert visible("\udcff") == "\\udcff"
    assert visible("naïve 🎤 日本") == "naïve 🎤 日本"


def test_wide_letters_take_two_columns() -> None:
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert width("🎤") == 2


def test_words_are_flush_left_and_figures_right() -> None:
    rows = [("日本", "7", "x"), ("a", "1,234", "yy")]
    assert table(rows, right=" r") == ["  日本      7  x", "  a     1,234  yy"]
    assert table([]) == []


def test_rows_may_be_short() -> None:
    assert table([("a", "b", "c"), ("total",)], indent=0) == ["a      b  c", "total"]


@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_row_is_one_line(rows: list[list[str]]) -> None:
    lines = table(rows)
    assert len(lines) == len(rows)
    assert all("\n" not in line and "\x1b" not in line for line in lines)


def test_paths_are_shown_as_one_would_type_them() -> None:
    assert shell(Path("my run")) == "'my run'"
    assert folder(Path("run")) == "run/"
