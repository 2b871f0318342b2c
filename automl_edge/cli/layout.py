"""Words on a terminal: columns that line up, and names that cannot harm it."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Sequence
from pathlib import Path

Row = Sequence[str]


def visible(text: str) -> str:
    """``text`` with control characters and broken bytes spelled out.

    A file name may hold a newline or a terminal's escape sequence; shown as it is, it
    would break the table or act on the terminal.
    """
    return "".join(_spelled(each) if _unsafe(each) else each for each in text)


def width(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    return sum(_columns(each) for each in text)


def table(rows: Sequence[Row], right: str = "", indent: int = 2) -> list[str]:
    """Lines with the cells of ``rows`` in columns, two spaces apart.

    ``right`` has one letter for each column: ``r`` for figures that end flush, anything
    else, or none, for words.
    """
    if not rows:
        return []
    safe = [[visible(cell) for cell in row] for row in rows]
    columns = max(len(row) for row in safe)
    widths = [max(width(row[i]) for row in safe if i < len(row)) for i in range(columns)]

    def cell(text: str, column: int) -> str:
        space = " " * (widths[column] - width(text))
        return space + text if right[column : column + 1] == "r" else text + space

    lines = ["  ".join(cell(text, i) for i, text in enumerate(row)) for row in safe]
    return [(" " * indent + line).rstrip() for line in lines]


def shell(path: Path) -> str:
    """``path`` as one would type it."""
    return shlex.quote(visible(str(path)))


def folder(path: Path) -> str:
    """``path`` as one would type it, ending like a folder."""
    return shell(path) + "/"


def _unsafe(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in _DIRECTIONS


_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Bidirectional overrides: they make a name read as another."""


def _spelled(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _columns(letter: str) -> int:
    if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
