"""Writes samples into a project's data folder, each whole or not at all, never over another."""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import uuid4

from automl_edge.domain.units import show_size
from automl_edge.errors import DataError, EnvironmentProblem
from automl_edge.ingest.kinds import modality_of
from automl_edge.studio.names import publish

MOST_FILES = 200_000
MOST_BYTES = 8 << 30
"""Of one project: more than a microcontroller's model can make use of."""

BESIDE = "groups.csv"
"""The file beside the class folders that says something about them."""


class Refused(Exception):
    """A file that is left out; ``reason`` says why."""

    @property
    def reason(self) -> str:
        """Why, in words for the user."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Piece:
    """A file on its way: the folders and name it comes with, and what writes its content to a path
    that does not exist yet."""

    name: str
    put: Callable[[Path], object]


def piece_of(name: str, content: bytes) -> Piece:
    """A piece that is made here and now."""
    return Piece(name, lambda path: path.write_bytes(content))


def link_or_copy(source: Path | str, path: Path | str) -> None:
    """Make ``path`` a second name of ``source``, or a copy where the file system has no links.

    Samples are moved and deleted, but never written to.
    """
    try:
        os.link(source, path)
    except OSError:
        shutil.copyfile(source, path)


def store(
    data: Path, pieces: Sequence[Piece], places: Sequence[PurePosixPath | Refused]
) -> Iterator[bool | Refused | None]:
    """Write each piece to its place in ``data``; of each, whether it is new, or why it is left out.

    None is for what is no sample. Raises DataError where the project is full, and
    EnvironmentProblem where the disk is.
    """
    room = _room_in(data)
    for piece, place in zip(pieces, places, strict=True):
        if isinstance(place, Refused):
            yield place
            continue
        with disk_problems(data):
            try:
                yield _write(data, piece, place, room)
            except Refused as refused:
                yield refused


@contextmanager
def disk_problems(folder: Path) -> Iterator[None]:
    """An OSError becomes EnvironmentProblem: ``folder`` cannot be written to."""
    try:
        yield
    except OSError as problem:
        what = "the disk is full" if problem.errno == errno.ENOSPC else problem.strerror
        raise EnvironmentProblem(
            f"Cannot write to {folder}: {what}.", "Free some space and try again."
        ) from problem


@dataclass(slots=True)
class _Room:
    """What a project may still take."""

    files: int
    size: int

    def use(self, size: int) -> None:
        """Take ``size`` bytes for a file; raises DataError if they are not there."""
        self.files -= 1
        self.size -= size
        if self.files < 0 or self.size < 0:
            raise DataError(
                f"A project holds {MOST_FILES:,} files and {show_size(MOST_BYTES)} at most.",
                "Fewer samples do: a few hundred a class are plenty for these chips.",
            )


def _room_in(data: Path) -> _Room:
    room = _Room(MOST_FILES, MOST_BYTES)
    for path in data.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(data).parts)
        with suppress(OSError):  # moved meanwhile
            if not hidden and path.is_file():
                room.files -= 1
                room.size -= path.stat().st_size
    return room


def _write(data: Path, piece: Piece, place: PurePosixPath, room: _Room) -> bool | None:
    """Whether it is new; raises Refused."""
    target = data / place
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".new-{uuid4().hex}{target.suffix}")
    try:
        piece.put(draft)
        size = draft.stat().st_size
        if size == 0:
            raise Refused("empty (0 bytes)")
        is_sample = place.name != BESIDE or len(place.parts) > 1
        if is_sample and modality_of(draft) is None:
            raise Refused("neither a photo, a sound nor a table of numbers")
        same = target.exists() and filecmp.cmp(draft, target, shallow=False)
        if not is_sample and target.exists() and not same:
            raise Refused(f"there is another {BESIDE} already")
        if not same:
            room.use(size)
            publish(draft, target)
        return not same if is_sample else None
    finally:
        draft.unlink(missing_ok=True)
