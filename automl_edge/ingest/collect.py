"""From a path to decoded readings: opens it, settles the modality, reads every file once."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from automl_edge.domain.dataset import Modality, MotionFormat, SetAside
from automl_edge.errors import DataError
from automl_edge.ingest.archive import unpack
from automl_edge.ingest.audio import inspect_audio
from automl_edge.ingest.image import inspect_image, quiet_decoding
from automl_edge.ingest.kinds import TABLE_SUFFIXES, WORDS, modality_of
from automl_edge.ingest.motion import choose_format, inspect_motion
from automl_edge.ingest.records import (
    Entry,
    FileReadings,
    Reading,
    Remark,
    UnusableError,
)
from automl_edge.ingest.scan import LAYOUT_HINT, Listing, list_folder, list_table, some

_MOST_THREADS = 8
_INSPECTORS: dict[Modality, Callable[[Entry], FileReadings]] = {
    Modality.IMAGE: inspect_image,
    Modality.AUDIO: inspect_audio,
    Modality.MOTION: inspect_motion,
}


@dataclass(frozen=True, slots=True)
class Collection:
    """What one folder, zip or table holds, decoded once; paths are relative to ``root``.

    ``labels`` are the classes that were meant: folders with files of the modality, or
    with files that were refused by name, even if none of them is usable.
    """

    root: Path
    modality: Modality
    readings: tuple[Reading, ...]
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]
    labels: tuple[str, ...]
    motion: MotionFormat | None = None


def collect(path: Path, modality: Modality | None, workspace: Path | None) -> Collection:
    """Read everything below ``path`` that is usable; ``modality`` None is detected.

    A zip is unpacked below ``workspace``, or to a temporary folder that lasts as long as
    the process. Raises DataError where nothing is usable, EnvironmentProblem where a zip
    cannot be unpacked for want of space.
    """
    listing = _listing(path, workspace)
    chosen, entries, strangers, notes = _one_modality(listing, modality)
    with quiet_decoding():
        readings, damaged = _read_all(entries, _INSPECTORS[chosen])
    aside = [*listing.set_aside, *strangers, *damaged]
    told = [*listing.notes, *notes]
    motion = None
    if chosen is Modality.MOTION and readings:
        choice = choose_format(readings)
        readings, motion = list(choice.readings), choice.format
        aside += choice.set_aside
        told += choice.notes
    if not readings:
        raise DataError(
            f"none of the {len(listing.entries) + len(listing.set_aside)} files in {path} can be "
            f"used: {_first_reason(aside)}",
            LAYOUT_HINT,
        )
    told += _remarks(readings)
    labels = _labels_meant(listing, entries, readings)
    return Collection(
        listing.root, chosen, tuple(readings), tuple(aside), tuple(told), labels, motion
    )


def _labels_meant(
    listing: Listing, entries: Sequence[Entry], readings: Sequence[Reading]
) -> tuple[str, ...]:
    """Class folders without those that hold only files of another kind; or a table's labels."""
    used = {entry.label for entry in entries}
    strange = {entry.label for entry in listing.entries} - used
    labels = {label for label in listing.labels if label not in strange}
    return tuple(sorted(labels or {reading.label for reading in readings}))


def _listing(path: Path, workspace: Path | None) -> Listing:
    if not path.exists():
        raise DataError(f"there is no folder or zip at {path}", "Check the path.")
    if path.is_dir():
        return list_folder(path.absolute())
    if path.suffix.lower() in TABLE_SUFFIXES:
        return list_table(path.absolute())
    if path.suffix.lower() != ".zip":
        raise DataError(f"{path} is neither a folder nor a zip nor a CSV", LAYOUT_HINT)
    unpacked = unpack(path, workspace or _temporary())
    inside = list_folder(unpacked.root, named=path)
    return replace(inside, set_aside=unpacked.set_aside + inside.set_aside)


_kept_until_exit: list[tempfile.TemporaryDirectory[str]] = []


def _temporary() -> Path:
    """A folder that is removed when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="automl-edge-", ignore_cleanup_errors=True)
    _kept_until_exit.append(folder)
    return Path(folder.name)


def _one_modality(
    listing: Listing, wanted: Modality | None
) -> tuple[Modality, list[Entry], list[SetAside], list[str]]:
    """The modality, its files, the other files with the reason, and what to tell."""
    kinds = [modality_of(entry.file) for entry in listing.entries]
    votes = Counter(kind for kind in kinds if kind is not None)
    if not votes:
        raise DataError(
            f"{listing.source} holds no image, sound or table: "
            + (some([entry.path for entry in listing.entries]) or _first_reason(listing.set_aside)),
            LAYOUT_HINT,
        )
    chosen = wanted or min(votes, key=lambda kind: (-votes[kind], kind.value))
    if not votes[chosen]:
        most, count = votes.most_common(1)[0]
        raise DataError(
            f"{listing.source} holds no {_PLURAL[chosen]}, but {count} {_PLURAL[most]}",
            f"Name a folder of {_PLURAL[chosen]}, or leave --modality out where it was given.",
        )
    entries, strangers = [], []
    for entry, kind in zip(listing.entries, kinds, strict=True):
        if kind is chosen:
            entries.append(entry)
        else:
            what = WORDS[kind] if kind else "neither image, sound nor table"
            strangers.append(SetAside(entry.path, f"{what}, in a dataset of {_PLURAL[chosen]}"))
    notes = []
    strange = sorted(
        {e.label for e in listing.entries if e.label} - {e.label for e in entries if e.label}
    )
    if strange:
        notes.append(f"Without {_PLURAL[chosen]}, so not counted as classes: {some(strange)}.")
    if len(votes) > 1:
        counted = ", ".join(f"{votes[kind]} {_PLURAL[kind]}" for kind in votes)
        notes.append(f"Mixed kinds of files ({counted}): the {_PLURAL[chosen]} are used.")
    return chosen, entries, strangers, notes


_PLURAL = {
    Modality.IMAGE: "images",
    Modality.AUDIO: "sound files",
    Modality.MOTION: "motion tables",
}


def _read_all(
    entries: Sequence[Entry], inspect: Callable[[Entry], FileReadings]
) -> tuple[list[Reading], list[SetAside]]:
    """Inspect every file, several at once (decoders leave Python's lock), in stable order."""

    def attempt(entry: Entry) -> FileReadings:
        try:
            return inspect(entry)
        except UnusableError as problem:
            return FileReadings((), (SetAside(entry.path, str(problem)),))
        except OSError as problem:
            reason = f"cannot be read ({problem.strerror})"
            return FileReadings((), (SetAside(entry.path, reason),))

    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(attempt, entries))
    readings = [reading for result in results for reading in result.readings]
    return readings, [aside for result in results for aside in result.set_aside]


def _remarks(readings: Sequence[Reading]) -> list[str]:
    """One sentence for each oddity, with how many samples have it and the first few."""
    told = []
    for remark in Remark:
        having = [reading.key for reading in readings if remark in reading.remarks]
        if having:
            words = remark.value[0].upper() + remark.value[1:]
            told.append(f"{words}: {len(having)} of {len(readings)} samples ({some(having, 3)}).")
    return told


def _first_reason(aside: Sequence[SetAside]) -> str:
    return f"{aside[0].path}: {aside[0].reason}" if aside else "it is empty"
