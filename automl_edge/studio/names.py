"""Names that people type and that become folders and files."""

from __future__ import annotations

import os
from pathlib import Path

from automl_edge.errors import UsageError

MOST_BYTES = 100
_LONG_SUFFIX = 10
_RESERVED = frozenset('/\\:*?"<>|')
"""What one file system or another does not take in a name."""


def folder_name(text: str, what: str) -> str:
    """``text`` tidied, as the name of a folder for a ``what``; raises UsageError if it is none."""
    name = " ".join(text.split())
    if not name:
        raise UsageError(f"The {what} has no name.", "Type one, such as yes or door open.")
    bad = sorted({letter for letter in name if letter in _RESERVED or not letter.isprintable()})
    if bad or name.startswith("."):
        told = f"contains {' '.join(map(ascii, bad))}" if bad else "starts with a dot"
        raise UsageError(f"{name!r} {told}.", "Use letters, digits, spaces, - and _.")
    if len(name.encode()) > MOST_BYTES:
        raise UsageError(f"The name of the {what} is too long.", "Forty letters are plenty.")
    return name


def file_name(text: str) -> str:
    """``text`` as the name of a sample: what file systems do not take is replaced, and a long
    name is shortened."""
    plain = "".join("_" if c in _RESERVED or not c.isprintable() else c for c in text).strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    kept, ending = (stem, dot + suffix) if dot and len(suffix) <= _LONG_SUFFIX else (plain, "")
    while len((kept + ending).encode()) > MOST_BYTES:
        kept = kept[:-1]
    return kept + ending or "sample"


def free_name(wanted: Path) -> Path:
    """``wanted``, or with a number before its suffix where that is taken."""
    number, found = 2, wanted
    while found.exists():
        found = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
        number += 1
    return found


def publish(draft: Path, wanted: Path) -> Path:
    """Give ``draft`` the name ``wanted``, or the next that is free, and never another file's."""
    while True:
        target = free_name(wanted)
        try:
            os.link(draft, target)
        except FileExistsError:  # somebody else was faster
            continue
        except OSError:  # a file system without links
            return draft.rename(target)
        draft.unlink()
        return target


def inside(folder: Path, relative: str) -> Path:
    """The file ``relative`` in ``folder``; raises UsageError for one that is not in it."""
    path = folder / relative
    if not path.resolve().is_relative_to(folder.resolve()) or not path.exists():
        raise UsageError(f"There is no {relative}.", "Reload the page: it was moved or deleted.")
    return path
