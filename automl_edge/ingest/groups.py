"""Which samples belong together (a speaker, a subject, a session) and must not be split up."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from automl_edge.errors import DataError, UsageError
from automl_edge.ingest.records import Reading
from automl_edge.ingest.scan import GROUPS_FILE, some

FEWEST_GROUPS = 3
"""A class needs one group for each of the three parts."""

_SEPARATORS = re.compile(r"[_\-. /]+")
_DEEPEST = 3
_LARGEST_SHARE = 0.5
_SPANNING_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Grouping:
    """A group name for each reading, where the names come from, and what to tell."""

    groups: tuple[str, ...]
    source: str
    notes: tuple[str, ...] = ()


def find_groups(readings: Sequence[Reading], root: Path, pattern: str | None) -> Grouping:
    """Groups by the user's pattern, a ``groups.csv``, a subject column, or the file names.

    Raises UsageError for a pattern that cannot be used and DataError for a groups.csv that
    cannot be read, or where the user's groups leave a class with fewer than three.
    """
    listed = root / GROUPS_FILE
    if pattern is not None:
        chosen = _by_pattern(readings, pattern)
    elif listed.is_file():
        chosen = _by_list(readings, listed)
    else:
        return _split_up_lone_groups(readings, _detected(readings))
    chosen = _split_up_lone_groups(readings, chosen)
    _require_enough(readings, chosen)
    return chosen


def merge_linked(groups: Sequence[str], links: Iterable[tuple[int, int]]) -> tuple[str, ...]:
    """``groups`` with those of linked samples made one, named after the first of them."""
    parent: dict[str, str] = {}

    def top(name: str) -> str:
        while name in parent:
            name = parent[name]
        return name

    for first, second in links:
        a, b = sorted((top(groups[first]), top(groups[second])))
        if a != b:
            parent[b] = a
    return tuple(top(name) for name in groups)


def own_groups(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The group of each sample where nothing else is known: its file.

    Runs of rows cut out of tables with a label column share their table as a group where
    there are tables enough for a split, and are groups of their own otherwise.
    """
    labels: dict[str, set[str]] = {}
    tables: dict[str, set[str]] = {}
    for reading in readings:
        labels.setdefault(reading.path, set()).add(reading.label)
        tables.setdefault(reading.label, set()).add(reading.path)
    if min(len(paths) for paths in tables.values()) >= FEWEST_GROUPS:
        return tuple(reading.path for reading in readings)
    return tuple(r.key if len(labels[r.path]) > 1 else r.path for r in readings)


def _by_pattern(readings: Sequence[Reading], pattern: str) -> Grouping:
    try:
        compiled = re.compile(pattern)
    except re.error as problem:
        raise UsageError(
            f"--group-by {pattern!r} is not a regular expression: {problem}",
            r"Try for example --group-by '([^/_]+)_[^/]*$' for names like speaker_01.wav.",
        ) from problem
    groups, missed = [], []
    for reading, alone in zip(readings, own_groups(readings), strict=True):
        match = compiled.search(reading.path)
        captured = match and (match[1] if compiled.groups else match[0])
        groups.append(captured or alone)
        if not captured:
            missed.append(reading.path)
    if len(missed) == len(readings):
        raise UsageError(
            f"--group-by {pattern!r} matches none of the {len(readings)} paths, "
            f"such as {some(missed, 1)}",
            "The pattern is searched in the path below the dataset, with forward slashes.",
        )
    notes: tuple[str, ...] = ()
    if missed:
        notes = (
            f"--group-by matches nothing in {some(missed, 3)}: such files are their own groups.",
        )
    return Grouping(tuple(groups), f"--group-by {pattern}", notes)


def _by_list(readings: Sequence[Reading], file: Path) -> Grouping:
    named = _read_list(file)
    groups, missed = [], []
    for reading, alone in zip(readings, own_groups(readings), strict=True):
        group = named.get(reading.path) or named.get(PurePosixPath(reading.path).name)
        groups.append(group or alone)
        if not group:
            missed.append(reading.path)
    if len(missed) == len(readings):
        raise DataError(
            f"{GROUPS_FILE} names none of the {len(readings)} samples",
            "Write one line a file: its path below the dataset (class/file), a comma, its group.",
        )
    notes: tuple[str, ...] = ()
    if missed:
        notes = (
            f"{GROUPS_FILE} does not name {some(missed, 3)}: such files are their own groups.",
        )
    return Grouping(tuple(groups), GROUPS_FILE, notes)


def _read_list(file: Path) -> Mapping[str, str]:
    try:
        rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise DataError(
            f"cannot read {file}: {problem}", "It must be a CSV with the columns file,group."
        ) from problem
    short = [number for number, row in enumerate(rows, start=1) if row and len(row) < 2]
    if short:
        raise DataError(f"{file} has no group in row {short[0]}", "Write file,group in every row.")
    return {row[0].strip().replace("\\", "/"): row[1].strip() for row in rows if row}


def _detected(readings: Sequence[Reading]) -> Grouping:
    columns = [reading.group for reading in readings]
    if all(columns) and _enough(readings, tuple(map(str, columns))):
        return Grouping(
            tuple(map(str, columns)),
            "subject column",
            ("Groups are taken from the subject column of the tables.",),
        )
    alone = own_groups(readings)
    tokens = [_tokens(reading) for reading in readings]
    for depth in range(1, _DEEPEST + 1):
        groups = tuple(
            "_".join(t[:depth]) if len(t) >= depth else own
            for t, own in zip(tokens, alone, strict=True)
        )
        grouping = _judge(readings, groups, tokens, depth)
        if grouping is not None:
            return grouping
    return Grouping(
        alone,
        "none",
        (
            "The file names show no speaker, subject or session, so every file is its own group. "
            "If several files come from one, say so with --group-by or a groups.csv.",
        ),
    )


def _tokens(reading: Reading) -> tuple[str, ...]:
    """Pieces of the path below the class folder, without the extension.

    The class's own name at the front says nothing, and a bare number at the end is a
    counter: both are dropped.
    """
    parts = PurePosixPath(reading.path).parts
    inner = PurePosixPath(*(parts[1:] or parts))
    tokens = [token for token in _SEPARATORS.split(str(inner.with_suffix(""))) if token]
    if tokens and tokens[0] == reading.label:
        del tokens[0]
    if tokens and tokens[-1].strip("()").isdigit():
        del tokens[-1]
    return tuple(tokens)


def _judge(
    readings: Sequence[Reading],
    groups: tuple[str, ...],
    tokens: Sequence[tuple[str, ...]],
    depth: int,
) -> Grouping | None:
    """The grouping by ``depth`` tokens, if most of its groups span two classes or more."""
    labels: dict[str, set[str]] = {}
    for reading, group in zip(readings, groups, strict=True):
        labels.setdefault(group, set()).add(reading.label)
    sizes = Counter(groups)
    if max(sizes.values()) > _LARGEST_SHARE * len(readings):
        return None
    lone = _lone_groups(readings, groups)
    several = [g for g in sizes if sizes[g] > 1 and g not in lone]
    spanning = [group for group in several if len(labels[group]) > 1]
    if len(several) < FEWEST_GROUPS or len(spanning) <= _SPANNING_SHARE * len(several):
        return None
    if sum(sizes[g] for g in spanning) <= _SPANNING_SHARE * sum(1 for g in groups if g not in lone):
        return None
    if not _enough(readings, _broken_up(readings, groups, lone)):
        return None
    shown = sorted(several)
    example = next(t for t, g in zip(tokens, groups, strict=True) if g == shown[0])
    which = "token" if depth == 1 else f"{depth} tokens"
    doubt = (
        "The first token alone would leave too few groups to divide. If it names the person or "
        "device, their samples may be on several sides and accuracy may be flattered: record "
        "more of them."
    )
    return Grouping(
        groups,
        "file names",
        (
            f"Files whose names begin with the same {which} (such as "
            f"{'_'.join(example[:depth])!r}; {len(several)} of them are shared, mostly by several "
            "classes) are taken for one speaker, subject or session and stay on one side of the "
            "split.",
            *((doubt,) if depth > 1 else ()),
        ),
    )


def _lone_groups(readings: Sequence[Reading], groups: Sequence[str]) -> frozenset[str]:
    """Groups of several samples that lie in one class and hold over half of it."""
    members: dict[str, Counter[str]] = {}
    for reading, group in zip(readings, groups, strict=True):
        members.setdefault(group, Counter())[reading.label] += 1
    totals = Counter(reading.label for reading in readings)
    lone = set()
    for group, labels in members.items():
        if len(labels) == 1:
            ((label, count),) = labels.items()
            if count > 1 and count > _LARGEST_SHARE * totals[label]:
                lone.add(group)
    return frozenset(lone)


def _broken_up(
    readings: Sequence[Reading], groups: Sequence[str], lone: frozenset[str]
) -> tuple[str, ...]:
    return tuple(
        alone if group in lone else group
        for alone, group in zip(own_groups(readings), groups, strict=True)
    )


def _split_up_lone_groups(readings: Sequence[Reading], grouping: Grouping) -> Grouping:
    lone = _lone_groups(readings, grouping.groups)
    lone -= {reading.path for reading in readings}  # pieces of one file stay together
    if not lone:
        return grouping
    told = tuple(
        f"The group {name!r} lies in the class "
        f"{_label_of(readings, grouping.groups, name)!r} alone and holds over half of it, so its "
        "files are split up."
        for name in sorted(lone)
    )
    return Grouping(
        _broken_up(readings, grouping.groups, lone), grouping.source, grouping.notes + told
    )


def _label_of(readings: Sequence[Reading], groups: Sequence[str], group: str) -> str:
    return next(r.label for r, g in zip(readings, groups, strict=True) if g == group)


def _groups_of_each_class(
    readings: Sequence[Reading], groups: Sequence[str]
) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for reading, group in zip(readings, groups, strict=True):
        found.setdefault(reading.label, set()).add(group)
    return found


def _enough(readings: Sequence[Reading], groups: Sequence[str]) -> bool:
    per_class = _groups_of_each_class(readings, groups)
    return all(len(found) >= FEWEST_GROUPS for found in per_class.values())


def _require_enough(readings: Sequence[Reading], grouping: Grouping) -> None:
    for label, found in _groups_of_each_class(readings, grouping.groups).items():
        if len(found) < FEWEST_GROUPS:
            raise DataError(
                f"the class {label!r} has {len(found)} group(s) by {grouping.source}; "
                f"{FEWEST_GROUPS} are needed, one for each part",
                "Add samples from other groups, or choose finer groups.",
            )
