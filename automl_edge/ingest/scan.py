"""Finds the files of a dataset: a folder of class folders. Reads names only."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from automl_edge.domain.dataset import SetAside
from automl_edge.errors import DataError
from automl_edge.ingest.kinds import TABLE_SUFFIXES, is_archive
from automl_edge.ingest.records import Entry

GROUPS_FILE = "groups.csv"
_SYSTEM_NAMES = frozenset(
    ("__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information")
)
LAYOUT_HINT = (
    "Put the samples of each class in a folder of its own, named after the class, "
    "and give the folder (or a zip of the folder) that holds them."
)


@dataclass(frozen=True, slots=True)
class Listing:
    """The files found below ``root``, what was set aside by name alone, and remarks.

    ``source`` is what the user gave: ``root`` itself, or the zip that was unpacked there.
    ``labels`` names the class folders that hold files, usable or not.
    """

    root: Path
    source: Path
    entries: tuple[Entry, ...]
    labels: tuple[str, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()


def list_folder(root: Path, named: Path | None = None) -> Listing:
    """The samples in the class folders of ``root``, which messages call ``named``.

    Hidden and system files are skipped silently; files beside the class folders are told
    in a note. Without class folders, CSV files in ``root`` are taken for tables with a
    label column. Raises DataError if there is nothing that could be a sample.
    """
    source = named or root
    names = _visible(root, root)
    folders = [name for name in names if (root / name).is_dir()]
    loose = [name for name in names if name not in folders]
    if not folders:
        return _labelled_tables(root, loose, source)
    _require_readable_names(folders)
    entries: list[Entry] = []
    aside: list[SetAside] = []
    notes: list[str] = []
    labels: list[str] = []
    for folder in folders:
        found = list(_walk(root, root / folder, folder, {os.path.realpath(root)}))
        entries += [item for item in found if isinstance(item, Entry)]
        aside += [item for item in found if isinstance(item, SetAside)]
        if found:
            labels.append(folder)
        else:
            notes.append(f"The folder {shown(folder)} is empty and is not counted as a class.")
    ignored = [name for name in loose if name != GROUPS_FILE]
    if ignored:
        notes.append(f"Not in a class folder, so ignored: {some(ignored)}.")
    return Listing(root, source, tuple(entries), tuple(labels), tuple(aside), tuple(notes))


def list_table(file: Path) -> Listing:
    """A single CSV whose label column says what each row belongs to."""
    return Listing(file.parent, file, (Entry(file.name, file, None),))


def shown(path: str) -> str:
    """``path`` in quotes, with newlines and broken characters made visible."""
    return repr(path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def some(names: list[str], limit: int = 5) -> str:
    """The first few of ``names`` in words: ``'a', 'b' and 7 more``."""
    head = ", ".join(shown(name) for name in names[:limit])
    return head if len(names) <= limit else f"{head} and {len(names) - limit} more"


def _labelled_tables(root: Path, loose: list[str], source: Path) -> Listing:
    tables = [
        name
        for name in loose
        if Path(name).suffix.lower() in TABLE_SUFFIXES and name != GROUPS_FILE
    ]
    if not tables:
        what = f"only loose files ({some(loose)})" if loose else "nothing"
        hint = LAYOUT_HINT
        if any(is_archive(Path(name)) for name in loose):
            hint = f"An archive in it is not opened: unpack it, or give it by itself. {hint}"
        raise DataError(f"{source} holds no class folders: {what} in it", hint)
    ignored = [name for name in loose if name not in tables and name != GROUPS_FILE]
    notes = (f"Not a CSV, so ignored: {some(ignored)}.",) if ignored else ()
    entries = tuple(Entry(name, root / name, None) for name in tables)
    return Listing(root, source, entries, notes=notes)


def _require_readable_names(folders: list[str]) -> None:
    """A class's name goes into reports and C source, so it must be text."""
    for name in folders:
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            raise DataError(
                f"the name of the class folder {shown(name)} is not valid UTF-8",
                "Rename the folder.",
            ) from None


def _visible(folder: Path, root: Path) -> list[str]:
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError as problem:
        where = folder if folder == root else folder.relative_to(root)
        raise DataError(
            f"cannot list the folder {where}: {problem.strerror}", "Check its permissions."
        ) from problem
    return [
        name for name in names if not name.startswith(".") and name.lower() not in _SYSTEM_NAMES
    ]


def _walk(root: Path, folder: Path, label: str, above: set[str]) -> Iterator[Entry | SetAside]:
    """Files below ``folder`` in stable order; ``above`` are its parents, against link loops."""
    real = os.path.realpath(folder)
    if real in above:
        yield SetAside(_relative(root, folder), "a link to a folder that it lies in")
        return
    for name in _visible(folder, root):
        file = folder / name
        if file.is_dir():
            yield from _walk(root, file, label, above | {real})
        else:
            yield _judge(root, file, label)


def _judge(root: Path, file: Path, label: str) -> Entry | SetAside:
    path = _relative(root, file)
    reason = _refusal(file, path)
    if reason is None:
        return Entry(path, file, label)
    return SetAside(path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), reason)


def _refusal(file: Path, path: str) -> str | None:
    try:
        path.encode("utf-8")
        about = file.stat()
    except UnicodeEncodeError:
        return "its name is not valid UTF-8; rename it to use it"
    except OSError as problem:
        return f"cannot be opened ({problem.strerror}): a link to nothing?"
    if not stat.S_ISREG(about.st_mode):
        return "not a plain file"
    if about.st_size == 0:
        return "the file is empty (0 bytes)"
    if is_archive(file):
        return "an archive inside the data is not opened; unpack it to use it"
    return None


def _relative(root: Path, file: Path) -> str:
    return file.relative_to(root).as_posix()
