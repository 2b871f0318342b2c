"""How samples come into a project: dropped files, folders and zips, or a folder of this computer.

Copies are taken; what the user has stays as it is. What cannot be used is told, with the reason.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from automl_edge.domain.dataset import SetAside
from automl_edge.errors import AutomlEdgeError, DataError, UsageError
from automl_edge.ingest.archive import Unpacked, unpack
from automl_edge.studio.names import file_name, folder_name
from automl_edge.studio.storing import BESIDE, Piece, Refused, disk_problems, store

_ARCHIVE = ".zip"
_PASSED_OVER = (".", "__MACOSX")
_COPIED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Taken:
    """How many samples were ``added``, how many were there already, and what was left out."""

    added: int
    known: int = 0
    set_aside: tuple[SetAside, ...] = ()

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.added + other.added, self.known + other.known, self.set_aside + other.set_aside
        )


def take_files(data: Path, files: Sequence[Piece], label: str | None = None) -> Taken:
    """Add ``files`` to the class folders in ``data``, to the class ``label`` if that is given.

    Otherwise the folder that a file lies in is its class. Zips are unpacked. Raises UsageError
    for files without a class, DataError for a single zip that is damaged or a bomb, and
    EnvironmentProblem where the disk is full.
    """
    taken = _take(data, [each for each in files if not _is_archive(each.name)], label)
    for each in files:
        if _is_archive(each.name):
            try:
                taken += _take_archive(data, each, label)
            except DataError as problem:
                if len(files) == 1:
                    raise
                taken += Taken(0, 0, (SetAside(each.name, problem.message),))
    return taken


def take_folder(data: Path, named: str, label: str | None = None) -> Taken:
    """Add the class folders in the folder or zip that is called ``named`` on this computer.

    Raises DataError if there is none, and what ``take_files`` does.
    """
    try:
        source = Path(named).expanduser().absolute()
        if source.is_file() and _is_archive(source.name):
            return _take_archive(data, Piece(source.name, partial(_copy, source)), label)
    except Refused as problem:
        raise DataError(f"{named}: {problem.reason}.", "See whose file it is.") from problem
    except (OSError, RuntimeError) as problem:  # the latter for the home of an unknown user
        raise DataError(
            f"{named} cannot be read: {problem}.", "Check how it is spelt."
        ) from problem
    if not source.is_dir():
        raise DataError(f"There is no folder or zip {source}.", "Check how it is spelt.")
    if data.resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{source} holds this project itself.", "Name the folder of the samples.")
    return _take(data, list(_pieces_in(source, source.resolve().name, _copy)), label)


def is_passed_over(name: str) -> bool:
    """Whether ``name``, of a file in a folder, is one that the computer keeps for itself."""
    return any(part.startswith(_PASSED_OVER) for part in name.split("/")[1:])


def told(taken: Taken, most: int = 8) -> Iterable[str]:
    """What happened, in sentences."""
    yield "1 sample was added." if taken.added == 1 else f"{taken.added} samples were added."
    if taken.known:
        were = "was" if taken.known == 1 else "were"
        yield f"{taken.known} {were} there already: the same content, under the same name."
    for each in taken.set_aside[:most]:
        yield f"Left out: {each.path}: {each.reason}."
    if len(taken.set_aside) > most:
        yield f"Left out: {len(taken.set_aside) - most} more."


def _take_archive(data: Path, archive: Piece, label: str | None) -> Taken:
    data.mkdir(parents=True, exist_ok=True)
    with disk_problems(data), tempfile.TemporaryDirectory(prefix=".unpacking-", dir=data) as place:
        packed = Path(place) / "packed.zip"
        archive.put(packed)
        found = _unpacked(packed, archive.name)
        named = PurePosixPath(archive.name.replace("\\", "/")).stem
        taken = _take(data, list(_pieces_in(found.root, named, _move)), label)
    return taken + Taken(0, 0, found.set_aside)


def _unpacked(packed: Path, name: str) -> Unpacked:
    """``packed`` unpacked beside itself; what is wrong with it is told by the user's ``name``."""
    try:
        return unpack(packed, packed.parent / "out")
    except DataError as problem:
        told = problem.message.replace(str(packed), name)
        raise DataError(told, "Unpack it yourself and drop the folder.") from problem
    except AutomlEdgeError as problem:
        raise type(problem)(problem.message, "Free some space and try again.") from problem


def _pieces_in(folder: Path, named: str, how: Callable[[Path, Path], None]) -> Iterator[Piece]:
    """All files in ``folder`` as a browser would name them: with the folder's name in front."""
    for path in sorted(folder.rglob("*")):
        name = f"{named}/{path.relative_to(folder).as_posix()}"
        if path.is_file() and not is_passed_over(name):
            yield Piece(name, partial(how, path))


def _take(data: Path, pieces: Sequence[Piece], label: str | None) -> Taken:
    places = list(_places([piece.name for piece in pieces], label)) if pieces else []
    added, known, aside = 0, 0, list[SetAside]()
    for piece, stored in zip(pieces, store(data, pieces, places), strict=True):
        if isinstance(stored, Refused):
            aside.append(SetAside(piece.name, stored.reason))
        elif stored is not None:
            added += stored
            known += not stored
    return Taken(added, known, tuple(aside))


def _places(names: Sequence[str], label: str | None) -> Iterator[PurePosixPath | Refused]:
    """Where in the data folder each file belongs: a class, then whatever path is left."""
    split = [tuple(p for p in name.replace("\\", "/").split("/") if p) for name in names]
    outer = int(all(len(parts) > 1 for parts in split) and len({each[0] for each in split}) == 1)
    if label is not None:
        label = folder_name(label, "class")
    elif all(len(parts) - outer < 2 for parts in split):
        if outer == 0:
            raise UsageError(
                "These files are in no folder, so their class is not known.",
                "Choose their class first, or drop a folder that has one folder for each class.",
            )
        outer = 0  # a single folder of samples: it is the class
    for parts in split:
        yield _place(parts[outer:], label)


def _place(parts: tuple[str, ...], label: str | None) -> PurePosixPath | Refused:
    if any(part.startswith(".") for part in parts):
        return Refused("its name is hidden or points out of its folder")
    if label is None and parts == (BESIDE,):
        return PurePosixPath(BESIDE)
    if label is None and len(parts) < 2:
        return Refused("it lies beside the class folders, in none of them")
    named = map(file_name, parts)
    return PurePosixPath(*named) if label is None else PurePosixPath(label, *named)


def _is_archive(name: str) -> bool:
    return name.lower().endswith(_ARCHIVE)


def _move(source: Path, path: Path) -> None:
    source.rename(path)


def _copy(source: Path, path: Path) -> None:
    try:
        content = source.open("rb")
    except OSError as problem:
        raise Refused(f"it cannot be read ({problem.strerror})") from problem
    with content, path.open("xb") as out:
        shutil.copyfileobj(content, out, _COPIED_AT_ONCE)
