"""Writes what was generated between two marker comments of a Markdown file."""

from __future__ import annotations

from pathlib import Path


def replace_between(text: str, name: str, generated: str) -> str:
    """``text`` with ``generated`` between its lines ``<!-- NAME: begin -->`` and ``end``.

    Raises ValueError where ``text`` does not have each of them once, in this order.
    """
    begin, end = (f"<!-- {name}: {edge} -->\n" for edge in ("begin", "end"))
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
        raise ValueError(f"the lines {begin.strip()} and {end.strip()} must be there once each")
    before, rest = text.split(begin)
    return before + begin + "\n" + generated + "\n" + end + rest.split(end)[1]


def write_between(file: Path, name: str, generated: str) -> None:
    """The same for the file itself."""
    file.write_text(replace_between(file.read_text("utf-8"), name, generated), "utf-8")
