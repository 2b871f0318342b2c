"""Unpacks a zip that may be hostile: no way out of the folder, no links, no bombs."""

from __future__ import annotations

import errno
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from automl_edge.domain.dataset import SetAside
from automl_edge.domain.units import show_size
from automl_edge.errors import DataError, EnvironmentProblem

_CHUNK = 1 << 18
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Limits:
    """Where unpacking stops: entries, bytes in all, and bytes out for one byte in.

    The ratio counts only beyond ``ratio_from`` bytes, since small files of zeros pack
    well; photos and sound barely pack, and tables of numbers less than fifty-fold.
    """

    entries: int = 500_000
    total_bytes: int = 8 << 30
    ratio: int = 200
    ratio_from: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Where the files lie now, and the entries that were not unpacked."""

    root: Path
    set_aside: tuple[SetAside, ...]


def unpack(archive: Path, into: Path, limits: Limits | None = None) -> Unpacked:
    """Unpack ``archive`` to ``into/unpacked``, replacing an earlier copy there.

    A zip that claims too much is refused before anything is written; beyond that, bytes are
    counted as they come out, whatever it claims. Entries that point out of
    the folder, links, encrypted and damaged entries are set aside. Where all lies in one
    outer folder of class folders, that folder is the root. Raises DataError for a damaged
    zip or a bomb and EnvironmentProblem where the disk is full or not writable.
    """
    with _disk_problems(into), _opened(archive) as source:
        into.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="unpacking-", dir=into))
        try:
            aside = tuple(_extract_all(source, fresh, limits or Limits(), archive))
            final = into / "unpacked"
            shutil.rmtree(final, ignore_errors=True)
            fresh.replace(final)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return Unpacked(_inner_root(final), aside)


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        source = zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError) as problem:
        raise DataError(
            f"{archive} is not a zip that can be read ({problem})", "Download or zip it again."
        ) from problem
    with source:
        yield source


@contextmanager
def _disk_problems(into: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        what = "the disk is full" if problem.errno == errno.ENOSPC else problem.strerror
        raise EnvironmentProblem(
            f"cannot unpack the zip to {into}: {what}",
            "Free some space or choose another output folder.",
        ) from problem


def _extract_all(
    source: zipfile.ZipFile, into: Path, limits: Limits, archive: Path
) -> Iterator[SetAside]:
    entries = source.infolist()
    if len(entries) > limits.entries:
        raise DataError(
            f"{archive} holds {len(entries)} entries; at most {limits.entries} are unpacked",
            "Unpack it yourself and give the folder.",
        )
    allowed = _allowed(archive, entries, limits)
    written = 0
    for info in entries:
        if info.is_dir():
            continue
        reason = _refusal(info)
        target = into / PurePosixPath(info.filename)
        if reason is None and target.exists():
            reason = "a second entry of that name in the zip"
        if reason is None:
            try:
                written += _extract_one(source, info, target, allowed - written)
            except _BombError:
                raise _bomb(archive, allowed) from None
            except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as problem:
                target.unlink(missing_ok=True)
                reason = f"damaged inside the zip ({problem})"
            except (ValueError, FileExistsError, NotADirectoryError) as problem:
                reason = f"its name cannot be used here ({problem})"
        if reason is not None:
            yield SetAside(info.filename, reason)


def _refusal(info: zipfile.ZipInfo) -> str | None:
    parts = info.filename.replace("\\", "/").split("/")
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        return "its name points out of the zip"
    if max(len(part.encode("utf-8", "replace")) for part in parts) > 255:
        return "its name is longer than a file system takes (255 bytes)"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a symbolic link inside the zip"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted inside the zip"
    return None


def _allowed(archive: Path, entries: Sequence[zipfile.ZipInfo], limits: Limits) -> int:
    """How many bytes may come out; raises DataError if the zip itself claims more."""
    packed = max(1, archive.stat().st_size)
    allowed = min(limits.total_bytes, max(limits.ratio_from, limits.ratio * packed))
    if sum(info.file_size for info in entries if _refusal(info) is None) > allowed:
        raise _bomb(archive, allowed)
    return allowed


def _bomb(archive: Path, allowed: int) -> DataError:
    packed = show_size(archive.stat().st_size)
    return DataError(
        f"{archive} ({packed}) unpacks to more than {show_size(allowed)}; this looks like a zip "
        "bomb",
        "If it is meant, unpack it yourself and give the folder.",
    )


class _BombError(Exception):
    """More bytes came out than are allowed."""


def _extract_one(source: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, allowed: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open(info) as packed, target.open("wb") as out:
        return _copy(packed, out, allowed)


def _copy(packed: IO[bytes], out: IO[bytes], allowed: int) -> int:
    written = 0
    while chunk := packed.read(_CHUNK):
        written += len(chunk)
        if written > allowed:
            raise _BombError
        out.write(chunk)
    return written


def _inner_root(folder: Path) -> Path:
    """``folder``, or the one folder in it if that in turn holds the class folders."""
    visible = [p for p in folder.iterdir() if not p.name.startswith((".", "__MACOSX"))]
    if len(visible) == 1 and visible[0].is_dir():
        inner = visible[0]
        if any(child.is_dir() for child in inner.iterdir()) or any(inner.glob("*.csv")):
            return inner
    return folder
