"""The run directory's journal: one JSON object a line, appended and synced, never changed.

It alone is the truth on a resume. A process may be killed at any moment: a line that was
not completely written is ignored and cut off before the next one is appended.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from automl_edge.disk import sync_folder, write_whole
from automl_edge.errors import EnvironmentProblem, RunDirectoryError

JOURNAL = "journal.jsonl"
LOCK = ".lock"
FORMAT = 1
_HASH = re.compile(r"[0-9a-f]{32,}")

Record = dict[str, Any]
Identity = Mapping[str, Any]
"""What makes two runs the same: data hash, target, budget, seed... JSON values by name."""


class Journal:
    """The records of one run, in the order in which they were appended."""

    def __init__(self, folder: Path, records: tuple[Record, ...]) -> None:
        self.folder = folder
        self._records = list(records)

    @property
    def records(self) -> tuple[Record, ...]:
        """All records but the first, which identifies the run."""
        return tuple(self._records[1:])

    def append(self, record: Record) -> None:
        """Write ``record`` so that it survives a crash from here on.

        Raises EnvironmentProblem if the disk is full or not writable.
        """
        line = json.dumps(record, allow_nan=False) + "\n"  # ASCII: paths may be no valid UTF-8
        with _disk_problems(self.folder), (self.folder / JOURNAL).open("ab") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        self._records.append(record)

    def write_file(self, path: str, content: bytes) -> None:
        """Write ``content`` to ``path`` inside the run directory, whole or not at all."""
        with _disk_problems(self.folder):
            write_whole(self.folder / path, content)


class Remembered(Journal):
    """A journal to which records can be added that are kept in memory and not written."""

    def append(self, record: Record) -> None:
        """Know of ``record`` from here on."""
        self._records.append(record)

    def write_file(self, path: str, content: bytes) -> None:
        """Nothing is to be written; raises RunDirectoryError."""
        raise RunDirectoryError(
            f"{self.folder / path} ({len(content)} bytes) is not written: the run is only read",
            "Please report this as a bug.",
        )


@contextmanager
def open_run(folder: Path, identity: Identity, resume: bool = False) -> Iterator[Journal]:
    """The journal of the run in ``folder``, locked against other processes meanwhile.

    Creates folder and journal for a new run. Raises RunDirectoryError if another process
    works there, if a run is there already and ``resume`` is False, or if it is to be
    resumed with another identity; EnvironmentProblem if the folder cannot be written.
    """
    with _disk_problems(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, timeout=0)
    try:
        with _disk_problems(folder):
            lock.acquire()
    except Timeout as problem:
        raise RunDirectoryError(
            f"another run is working in {folder}", "Wait for it, or choose another --out."
        ) from problem
    try:
        yield _open(folder, dict(identity), resume)
    finally:
        lock.release()


def reopen_run(folder: Path, identity: Identity) -> Remembered:
    """The journal of the run in ``folder``, to be read; nothing there is locked or changed.

    Raises RunDirectoryError if there is none, or if it is that of another run.
    """
    records = read_journal(folder)
    if not records:
        raise RunDirectoryError(
            f"{folder} has no {JOURNAL}", "Name a folder that `automl-edge fit` wrote."
        )
    _check_same(folder, records[0], dict(identity))
    return Remembered(folder, records)


def read_journal(folder: Path) -> tuple[Record, ...]:
    """The complete records in ``folder``, the identifying one first; empty without a journal.

    Raises RunDirectoryError if the file is not a journal of ours.
    """
    file = folder / JOURNAL
    with _disk_problems(folder):
        content = file.read_bytes() if file.exists() else b""
    lines = content.split(b"\n")[:-1]
    try:
        records = tuple(json.loads(line) for line in lines)
    except ValueError as problem:
        raise _not_ours(folder) from problem
    if records and not _is_header(records[0]):
        raise _not_ours(folder)
    return records


def _open(folder: Path, identity: Record, resume: bool) -> Journal:
    records = read_journal(folder)
    if not records:
        _cut_torn_line(folder)
        journal = Journal(folder, ())
        journal.append({"record": "run", "format": FORMAT, "identity": identity})
        with _disk_problems(folder):
            sync_folder(folder)
            sync_folder(folder.parent)
        return journal
    if not resume:
        raise RunDirectoryError(
            f"{folder} already holds a run",
            "Add --resume to go on with it, or choose another --out.",
        )
    _check_same(folder, records[0], identity)
    _cut_torn_line(folder)
    return Journal(folder, records)


def _check_same(folder: Path, header: Record, identity: Record) -> None:
    if header["format"] != FORMAT:
        raise RunDirectoryError(
            f"{folder} was written by another version of automl-edge",
            "Finish it with that version, or start a new run in another folder.",
        )
    wanted = json.loads(json.dumps(identity))
    found = header["identity"]
    for name in dict.fromkeys((*wanted, *found)):
        if wanted.get(name) != found.get(name):
            raise RunDirectoryError(
                f"{folder} holds another run: its {name} is {_brief(found.get(name))}, "
                f"not {_brief(wanted.get(name))}",
                "Resume it with the same data and options, or choose another --out.",
            )


def _brief(value: object) -> str:
    """``value`` as shown in messages: of a content hash, the first digits."""
    shown = repr(value)
    return shown if _HASH.fullmatch(str(value)) is None else f"{shown[1:13]}... (its hash)"


def _is_header(record: object) -> bool:
    return (
        isinstance(record, dict)
        and record.get("record") == "run"
        and isinstance(record.get("identity"), dict)
        and "format" in record
    )


def _not_ours(folder: Path) -> RunDirectoryError:
    return RunDirectoryError(
        f"{folder / JOURNAL} is not a journal of automl-edge", "Choose another --out."
    )


def _cut_torn_line(folder: Path) -> None:
    file = folder / JOURNAL
    with _disk_problems(folder):
        if not file.exists():
            return
        content = file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with file.open("r+b") as opened:
                opened.truncate(whole)
                os.fsync(opened.fileno())


@contextmanager
def _disk_problems(folder: Path) -> Iterator[None]:
    try:
        yield
    except Timeout:  # a lock that is held is no problem of the disk
        raise
    except OSError as problem:
        raise EnvironmentProblem(
            f"cannot write to the run directory {folder}: {problem.strerror or problem}",
            "Free some space or choose another --out.",
        ) from problem
