"""Divides samples into training, validation and test parts, whole groups at a time."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.dataset import Dataset, Part
from automl_edge.errors import DataError
from automl_edge.ingest.scan import some

FRACTIONS: Mapping[Part, float] = {Part.TRAIN: 0.6, Part.VALIDATION: 0.2, Part.TEST: 0.2}
_WORDS = {
    "train": Part.TRAIN,
    "training": Part.TRAIN,
    "val": Part.VALIDATION,
    "valid": Part.VALIDATION,
    "validation": Part.VALIDATION,
    "dev": Part.VALIDATION,
    "test": Part.TEST,
    "testing": Part.TEST,
}
SPLIT_NAME = "split.csv"
"""Where a run directory keeps the split that was used."""

_FIELDS = ("sample", "group", "part")


def split_by_group(
    labels: Sequence[int], groups: Sequence[str], parts: Sequence[Part] = tuple(Part)
) -> tuple[Part, ...]:
    """The part of each sample: 60/20/20 in every class as far as whole groups allow.

    Groups are taken from large to small, equal ones in the order of a hash of their names
    (so that nothing depends on a seed or on how files are listed), and each goes to the
    part that it brings nearest to its share in the classes it holds. Then every class
    that a part lacks is given its smallest group that can be spared. ``parts`` names the
    parts to fill; their shares are scaled to one.
    """
    counts, names, member = _class_counts(labels, groups)
    shares = np.array([FRACTIONS[part] for part in parts])
    wanted = np.outer(shares / shares.sum(), counts.sum(axis=0))
    order = sorted(range(len(names)), key=lambda g: (-counts[g].sum(), _hash(names[g])))
    home = np.full(len(names), -1)
    filled = np.zeros_like(wanted)
    for group in order:
        best = int(np.argmin(_misfit(filled, wanted, counts[group])))
        home[group] = best
        filled[best] += counts[group]
    _give_every_class_a_place(home, counts, len(parts))
    return tuple(parts[home[group]] for group in member)


def write_split(dataset: Dataset) -> str:
    """The split as CSV text ``sample,group,part``, which ``--split`` reads back."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_FIELDS)
    for sample in dataset.samples:
        writer.writerow((sample.key, sample.group, sample.part.value))
    return out.getvalue()


def read_split(file: Path) -> Mapping[str, tuple[str | None, Part]]:
    """Sample key -> (group or None, part) from a split CSV; raises DataError."""
    try:
        text = file.read_text("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise DataError(
            f"cannot read the split {file}: {reason}",
            "It must be a CSV with the columns sample,group,part, as in RUN/split.csv.",
        ) from problem
    if not rows or not {"sample", "part"} <= set(rows[0]):
        raise DataError(
            f"{file} is not a split: it needs a header with the columns sample and part",
            "Take the split.csv of a run as a pattern.",
        )
    found: dict[str, tuple[str | None, Part]] = {}
    for number, row in enumerate(rows, start=1):
        part = _WORDS.get((row["part"] or "").strip().lower())
        if part is None:
            raise DataError(
                f"{file}, entry {number} ({row['sample']!r}): {row['part']!r} is not a part",
                "A part is train, validation or test.",
            )
        if row["sample"] in found:
            raise DataError(f"{file} names {row['sample']!r} twice", "Keep one of the entries.")
        found[row["sample"]] = (row.get("group") or None, part)
    return found


def apply_split(
    keys: Sequence[str], known_aside: frozenset[str], given: Mapping[str, tuple[str | None, Part]]
) -> tuple[Part, ...]:
    """The given part of each sample; raises DataError where the file and the data differ.

    Entries for samples that were set aside (``known_aside``) are passed over.
    """
    missing = [key for key in keys if key not in given]
    if missing:
        raise DataError(
            f"the split says nothing about {len(missing)} samples: {some(missing, 3)}",
            "Add them, or let the split be made anew (without --split).",
        )
    unknown = sorted(set(given) - set(keys) - known_aside)
    if unknown:
        raise DataError(
            f"the split names {len(unknown)} samples that are not in the data: {some(unknown, 3)}",
            "Is it the split of another dataset? Paths are relative to the dataset's folder.",
        )
    return tuple(given[key][1] for key in keys)


def straddling(groups: Sequence[str], parts: Sequence[Part]) -> tuple[str, ...]:
    """Groups with samples in more than one part, sorted."""
    seen: dict[str, set[Part]] = {}
    for group, part in zip(groups, parts, strict=True):
        seen.setdefault(group, set()).add(part)
    return tuple(sorted(group for group, where in seen.items() if len(where) > 1))


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _class_counts(
    labels: Sequence[int], groups: Sequence[str]
) -> tuple[NDArray[np.int64], list[str], list[int]]:
    """Samples per (group, class), the groups' names, and the group number of each sample."""
    names = sorted(set(groups))
    number = {name: index for index, name in enumerate(names)}
    member = [number[group] for group in groups]
    counts = np.zeros((len(names), max(labels) + 1), dtype=np.int64)
    np.add.at(counts, (member, list(labels)), 1)
    return counts, names, member


def _misfit(
    filled: NDArray[np.float64], wanted: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How each part's squared distance from the wanted counts changes if it gets the group.

    Relative to what is wanted, so that small parts are not filled last and classes count
    the same whatever their size.
    """
    held = np.flatnonzero(group)
    short = wanted[:, held] - filled[:, held]
    change = (short - group[held]) ** 2 - short**2
    total = wanted[:, held].sum(axis=0)
    return np.asarray((change / (total * wanted[:, held])).sum(axis=1), dtype=np.float64)


def _give_every_class_a_place(
    home: NDArray[np.int64], counts: NDArray[np.int64], parts: int
) -> None:
    """Move groups, in place, so that each part has each class, where there are groups enough."""
    for label in np.argsort((counts > 0).sum(axis=0), kind="stable"):
        for part in range(parts):
            if counts[home == part, label].sum() == 0:
                _move_one(home, counts, int(label), part)


def _move_one(home: NDArray[np.int64], counts: NDArray[np.int64], label: int, part: int) -> None:
    """Give ``part`` the smallest group of class ``label`` whose old part loses no class."""
    holders = np.flatnonzero(counts[:, label] > 0)
    for group in sorted(holders, key=lambda g: (counts[g].sum(), g)):
        stay = (home == home[group]) & (np.arange(len(home)) != group)
        left = counts[stay].sum(axis=0)
        if (left[counts[group] > 0] > 0).all():
            home[group] = part
            return
