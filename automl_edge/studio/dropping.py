"""Files on their way from the browser, a part at a time.

What is dropped or chosen at once is a drop, and comes in one part after the other, each when the
page asks for it, so that thousands of files and large ones need little memory. A part is one
message: the length of its head (4 bytes, little endian), the head as JSON, and the contents of its
chunks. One that comes twice is taken once. ``dropzone/`` is the browser's side.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path

from automl_edge.domain.dataset import SetAside
from automl_edge.domain.units import show_size
from automl_edge.errors import DataError
from automl_edge.report.codec import from_json
from automl_edge.studio.intake import is_passed_over
from automl_edge.studio.storing import MOST_BYTES, MOST_FILES, Piece, disk_problems, link_or_copy

_LENGTH_BYTES = 4
_PREFIX = ".dropped-"
_KEPT_SECONDS = 86_400.0
"""A page that is closed cannot say so: what nobody has touched for a day is nobody's."""


class Word(StrEnum):
    """What a message is about."""

    PART = "part"
    """The next chunks of a drop."""

    REST = "rest"
    """Nothing: it takes the place of the last part, which the page would keep in memory."""

    GONE = "gone"
    """The browser no longer has the files that are missing."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """``length`` bytes from ``offset`` on of file ``index`` of a drop; ``broken`` if the browser
    could not read them."""

    index: int
    name: str
    offset: int
    length: int
    broken: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What a message says of itself: part ``part`` of the ``parts`` of its drop, which has
    ``files`` files and ``size`` bytes."""

    word: Word
    drop: str
    part: int
    parts: int
    files: int
    size: int
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """What is here of a drop: ``received`` of ``parts`` parts, in ``folder``; ``names`` are the
    files' own, with the folders they came in."""

    key: str
    folder: Path
    received: int = 0
    parts: int = 0
    names: tuple[str, ...] = ()
    broken: frozenset[int] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return 0 < self.parts == self.received

    @property
    def pieces(self) -> list[Piece]:
        """The files as ``take_files`` takes them; hidden ones are passed over."""
        return [
            Piece(name, partial(link_or_copy, _place(self, index)))
            for index, name in enumerate(self.names)
            if index not in self.broken and not is_passed_over(name)
        ]

    @property
    def lost(self) -> tuple[SetAside, ...]:
        """The files that the browser could not read to their end."""
        reason = "the browser could not read it"
        return tuple(SetAside(self.names[index], reason) for index in sorted(self.broken))


@dataclass(frozen=True, slots=True)
class Part:
    """A message: its head, and the content of each of its chunks."""

    head: Head
    contents: tuple[memoryview, ...]


def read_part(message: bytes) -> Part:
    """The part that ``message`` is; raises DataError for anything else."""
    start = _LENGTH_BYTES + int.from_bytes(message[:_LENGTH_BYTES], "little")
    try:
        head = from_json(Head, json.loads(message[_LENGTH_BYTES:start]))
    except (ValueError, KeyError, TypeError) as problem:
        raise _unexpected() from problem
    ends = list(accumulate((chunk.length for chunk in head.chunks), initial=start))
    if ends != sorted(ends) or ends[-1] != len(message):
        raise _unexpected()
    view = memoryview(message)
    return Part(head, tuple(view[begin:end] for begin, end in pairwise(ends)))


def receive(drop: Drop | None, part: Part, beside: Path) -> Drop | None:
    """``drop`` with what ``part`` brings; a new drop gets a folder of its own in ``beside``.

    A part that is already here, or comes before its turn, changes nothing; one that begins another
    drop ends this one. Raises DataError for chunks in another order, for more than a project may
    hold and for a drop whose missing parts nobody has any more, and EnvironmentProblem where the
    disk is full; the drop is then deleted.
    """
    head = part.head
    same = drop if drop is not None and head.drop == drop.key else None
    if head.word is Word.GONE and same is not None:
        discard(same)
        raise DataError("The page was left before all files were here.", "Drop them again.")
    if head.word is not Word.PART or head.part != (same.received if same is not None else 0):
        return drop
    _check_room(head)
    with disk_problems(beside):
        if same is None:
            discard(drop)
            same = _begin(head.drop, beside)
        return _extended(same, part)


def discard(drop: Drop | None) -> None:
    """Delete what came; the copies that were taken of it stay."""
    if drop is not None:
        shutil.rmtree(drop.folder, ignore_errors=True)


def sweep(beside: Path) -> None:
    """Delete the drops in ``beside`` that nobody has touched for a day."""
    for old in beside.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - _KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)


def _begin(key: str, beside: Path) -> Drop:
    sweep(beside)
    return Drop(key, Path(tempfile.mkdtemp(prefix=_PREFIX, dir=beside)))


def _extended(drop: Drop, part: Part) -> Drop:
    try:
        drop = _written(drop, part)
        os.utime(drop.folder)
    except (DataError, OSError):
        discard(drop)
        raise
    return replace(drop, received=drop.received + 1, parts=part.head.parts)


def _check_room(head: Head) -> None:
    if head.files > MOST_FILES or head.size > MOST_BYTES:
        raise DataError(
            f"These are {head.files:,} files of {show_size(head.size)}; a project holds "
            f"{MOST_FILES:,} files and {show_size(MOST_BYTES)} at most.",
            "Fewer samples do: a few hundred a class are plenty for these chips.",
        )


def _written(drop: Drop, part: Part) -> Drop:
    """``drop`` with each chunk at the end of its file, which is the last one or a new one."""
    names, broken = list(drop.names), set(drop.broken)
    for chunk, content in zip(part.head.chunks, part.contents, strict=True):
        if chunk.index == len(names):
            names.append(chunk.name)
        elif not names or (chunk.index, chunk.name) != (len(names) - 1, names[-1]):
            raise _unexpected()
        if chunk.broken:
            broken.add(chunk.index)
        if chunk.index not in broken:
            with _place(drop, chunk.index).open("ab") as out:
                if out.tell() != chunk.offset:
                    raise _unexpected()
                out.write(content)
    return replace(drop, names=tuple(names), broken=frozenset(broken))


def _place(drop: Drop, index: int) -> Path:
    """By number: a name that somebody else chose is no path here."""
    return drop.folder / f"{index}"


def _unexpected() -> DataError:
    return DataError("The browser sent something else than files.", "Reload the page.")
