"""The samples of a project: class folders in the studio's own copy, and what is done to them."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from automl_edge.errors import UsageError
from automl_edge.studio.names import folder_name, inside, publish


@dataclass(frozen=True, slots=True)
class ClassFolder:
    """One class: its name, and its files as paths in the data folder, sorted."""

    name: str
    files: tuple[str, ...]


def list_classes(data: Path) -> tuple[ClassFolder, ...]:
    """All classes of the folder ``data``, by name; an empty one counts."""
    folders = sorted(path for path in _children(data) if path.is_dir())
    return tuple(ClassFolder(path.name, tuple(_files(path, data))) for path in folders)


def rename_class(data: Path, old: str, new: str) -> str:
    """Give a class another name; raises UsageError where that is taken."""
    label = folder_name(new, "class")
    source = inside(data, old)
    if label != old:
        if (data / label).exists():
            raise UsageError(f"There is a class {label} already.", "Merge the two instead.")
        source.rename(data / label)
    return label


def merge_classes(data: Path, source: str, into: str) -> int:
    """Move all samples of ``source`` into the class ``into``; how many."""
    if source == into:
        raise UsageError("A class cannot be merged with itself.", "Choose another one.")
    inside(data, into)
    moved = 0
    for file in list(_files(inside(data, source), data)):
        move_sample(data, file, into)
        moved += 1
    shutil.rmtree(data / source)
    return moved


def delete_class(data: Path, name: str) -> None:
    """Delete a class and the studio's copies of its samples."""
    shutil.rmtree(inside(data, name))


def move_sample(data: Path, file: str, label: str) -> str:
    """Move a sample to the class ``label``; where it is now."""
    source = inside(data, file)
    rest = Path(file).parts[1:]
    wanted = inside(data, label).joinpath(*rest)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    return publish(source, wanted).relative_to(data).as_posix()


def delete_sample(data: Path, file: str) -> None:
    """Delete the studio's copy of a sample."""
    inside(data, file).unlink()


def signature(data: Path) -> str:
    """A hash of path, size and time of change of every file: another one if any changed."""
    digest = hashlib.blake2b(digest_size=16)
    beside = (path.name for path in _children(data) if path.is_file())
    files = (file for folder in list_classes(data) for file in folder.files)
    for file in (*sorted(beside), *files):
        with suppress(FileNotFoundError):  # moved meanwhile: the next look sees where
            about = (data / file).stat()
            digest.update(f"{file}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _files(folder: Path, data: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(data).parts)
        if path.is_file() and not hidden:
            yield path.relative_to(data).as_posix()


def _children(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if not path.name.startswith("."))
