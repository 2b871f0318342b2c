"""The only place that writes bundles to disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path, PurePosixPath

from automl_edge.disk import write_whole
from automl_edge.domain.bundle import Bundle
from automl_edge.errors import EnvironmentProblem, RunDirectoryError

MARKER = ".automl-edge"
"""A file of this name says that a folder was made by us and may be written again. It lists
the files of our bundles there, so that C sources that a newer one lacks can be taken away."""

_TITLE = "# This folder is written by automl-edge; these files are its own:"


def check_folder(folder: Path) -> None:
    """Refuse early what claim_folder would refuse; nothing is made or changed.

    Raises RunDirectoryError if ``folder`` is a file or holds somebody else's files,
    EnvironmentProblem if it cannot be read or, by the look of it, be written.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise RunDirectoryError(
                f"{folder} is a file, but a folder is to be written there", "Name another --out."
            )
        foreign = folder.exists() and not (folder / MARKER).exists() and any(folder.iterdir())
        standing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    except OSError as problem:
        raise _refused(folder, problem) from problem
    if foreign:
        raise RunDirectoryError(
            f"{folder} holds files that automl-edge did not write; nothing in it was changed",
            "Name a new or empty folder with --out.",
        )
    if not standing.is_dir():
        raise _refused(folder, NotADirectoryError(errno.ENOTDIR, f"{standing} is a file"))
    if not os.access(standing, os.W_OK):
        number = errno.EROFS if _is_read_only(standing) else errno.EACCES
        raise _refused(folder, OSError(number, os.strerror(number)))


def _is_read_only(folder: Path) -> bool:
    """Whether the file system as a whole takes no changes; unknown on Windows."""
    return hasattr(os, "statvfs") and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def claim_folder(folder: Path) -> None:
    """Make ``folder`` ours: it is new, empty, or already carries our marker.

    Raises what check_folder does, and EnvironmentProblem if the folder cannot be made.
    """
    check_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _refused(folder, problem) from problem
    if not (folder / MARKER).exists():
        write_file(folder / MARKER, f"{_TITLE}\n".encode())


def write_bundle(bundle: Bundle, folder: Path) -> None:
    """Write every file of ``bundle`` below ``folder``, each one whole or not at all.

    In a folder that claim_folder has claimed, C sources of an earlier bundle that lie beside
    new ones and that this bundle lacks are removed: they would be compiled in. Raises
    EnvironmentProblem when the disk is full or read-only, ValueError for a path that would
    leave the folder.
    """
    for path in bundle:
        if not _is_inside(path):
            raise ValueError(f"{path!r} is not a path inside a bundle")
    for path in sorted(bundle):
        write_file(folder / PurePosixPath(path), bundle[path])
    if (folder / MARKER).exists():
        listed = sorted(_without_leftovers(bundle, folder) | set(bundle))
        write_file(folder / MARKER, "".join(f"{line}\n" for line in (_TITLE, *listed)).encode())


def write_file(path: Path, content: bytes) -> None:
    """Write one file, whole or not at all.

    Raises EnvironmentProblem, with the path and the system's reason, if that fails.
    """
    try:
        write_whole(path, content)
    except OSError as problem:
        raise _refused(path, problem) from problem


def _without_leftovers(bundle: Bundle, folder: Path) -> set[str]:
    """Paths of earlier bundles, after the C sources among them that are stale are gone."""
    places = {PurePosixPath(path).parent for path in bundle}
    try:
        listed = (folder / MARKER).read_text("utf-8").splitlines()[1:]
        before = {path for path in listed if _is_inside(path)}
        stale = {
            path
            for path in before.difference(bundle)
            if path.endswith((".c", ".h")) and PurePosixPath(path).parent in places
        }
        for path in stale:
            (folder / PurePosixPath(path)).unlink(missing_ok=True)
    except (OSError, UnicodeDecodeError) as problem:
        raise _refused(folder / MARKER, problem) from problem
    return before - stale


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def _refused(path: Path, problem: OSError | UnicodeDecodeError) -> EnvironmentProblem:
    hints = {
        errno.ENOSPC: "Free some space on that disk, or name another folder with --out.",
        errno.EDQUOT: "Your quota on that disk is used up; name another folder with --out.",
        errno.EROFS: "That file system is read-only; name another folder with --out.",
        errno.EACCES: "You may not write there; name another folder with --out.",
        errno.EPERM: "You may not write there; name another folder with --out.",
    }
    number, reason = getattr(problem, "errno", None), getattr(problem, "strerror", None)
    hint = hints.get(number or 0, "Name another folder with --out.")
    return EnvironmentProblem(f"cannot write {path}: {reason or problem}", hint)
