"""The door of ingest: a folder or zip in, a Dataset with groups and parts out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from automl_edge.domain.dataset import Dataset, Modality, MotionFormat, Part, Sample
from automl_edge.errors import DataError, UsageError
from automl_edge.ingest.collect import Collection, collect
from automl_edge.ingest.duplicates import fold_exact, near_duplicates
from automl_edge.ingest.groups import FEWEST_GROUPS, Grouping, find_groups, merge_linked
from automl_edge.ingest.options import IngestOptions
from automl_edge.ingest.records import Reading
from automl_edge.ingest.require import (
    classes_of,
    judge_given_split,
    require_classes,
    require_groups,
)
from automl_edge.ingest.scan import some
from automl_edge.ingest.shortcuts import find_shortcuts
from automl_edge.ingest.split import apply_split, read_split, split_by_group
from automl_edge.ingest.testpart import with_axes_of, without_leaks


def read_dataset(
    path: Path, options: IngestOptions | None = None, workspace: Path | None = None
) -> Dataset:
    """Read, clean, group and divide the samples at ``path``; nothing there is changed.

    ``workspace`` is where a zip is unpacked (a temporary folder without it). The result
    depends on the data and ``options`` alone. Raises DataError (nothing usable, one class,
    too few in a class, a split that does not match) and UsageError (a bad pattern).
    """
    options = options or IngestOptions()
    if options.test is not None and options.split is not None:
        raise UsageError("--test and --split both say what the test part is", "Give one of them.")
    main = _clean(collect(path, options.modality, workspace))
    require_classes(main.readings, main.labels, main.set_aside)
    if options.test is None:
        return _divided(main, options)
    return _with_test_folder(main, options.test, options, workspace)


def _clean(found: Collection) -> Collection:
    """Exact copies folded, and told."""
    folded = fold_exact(found.readings)
    notes = list(found.notes)
    if folded.copies:
        notes.append(f"{folded.copies} exact copies within a class are left out.")
    if folded.conflicts:
        notes.append(
            f"{folded.conflicts} contents appear in several classes: all their copies are set "
            "aside, since no one can say which label is right."
        )
    return replace(
        found,
        readings=folded.readings,
        set_aside=found.set_aside + folded.set_aside,
        notes=tuple(notes),
    )


def _divided(main: Collection, options: IngestOptions) -> Dataset:
    """The dataset of one source, split here or as the user's file says."""
    links = near_duplicates(
        main.readings, [main.root / r.path for r in main.readings], main.modality
    )
    grouping, notes = _grouped(main, options, links)
    groups = list(grouping.groups)
    if options.split is None:
        require_groups(main.readings, groups, FEWEST_GROUPS)
        parts = split_by_group(_numbered(main.readings), groups)
    else:
        given = read_split(options.split)
        aside = frozenset(item.path for item in main.set_aside)
        keys = [reading.key for reading in main.readings]
        parts = apply_split(keys, aside, given)
        groups = [given[key][0] or group for key, group in zip(keys, groups, strict=True)]
        notes += judge_given_split(main.readings, groups, parts, links)
    samples = _samples(main.readings, groups, parts)
    return _finished(main, samples, main.readings, grouping.source, notes)


def _with_test_folder(
    main: Collection, folder: Path, options: IngestOptions, workspace: Path | None
) -> Dataset:
    """Training and validation from ``main``, the test part from the user's own folder."""
    place = None if workspace is None else workspace / "test"
    test = _clean(collect(folder, main.modality, place))
    classes = classes_of(main.readings)
    strange = sorted(set(classes_of(test.readings)) - set(classes))
    if strange:
        raise DataError(
            f"the test folder has classes that the data has not: {some(strange)}",
            f"Its class folders must be among {', '.join(classes)}.",
        )
    test = with_axes_of(test, main.motion)
    main, links, leaked = without_leaks(main, test)
    require_classes(main.readings, main.labels, main.set_aside)
    grouping, notes = _grouped(main, options, links)
    groups = grouping.groups
    require_groups(main.readings, groups, FEWEST_GROUPS - 1)
    parts = split_by_group(_numbered(main.readings), groups, (Part.TRAIN, Part.VALIDATION))
    samples = _samples(main.readings, groups, parts)
    test_groups = find_groups(test.readings, test.root, None).groups
    for reading, group in zip(test.readings, test_groups, strict=True):
        path = _path_from(main.root, test.root / reading.path)
        label = classes.index(reading.label)
        samples.append(_sample(reading, label, f"test:{group}", Part.TEST, path))
    notes += leaked
    shared = set(groups) & set(test_groups)
    if shared and grouping.source != "none":
        notes.append(
            f"{len(shared)} groups of the test folder are also in the training data "
            f"({some(sorted(shared), 3)}): its accuracy may be flattered."
        )
    both = replace(main, set_aside=main.set_aside + test.set_aside, notes=main.notes + test.notes)
    return _finished(both, samples, main.readings + test.readings, grouping.source, notes)


def _grouped(
    main: Collection, options: IngestOptions, links: Sequence[tuple[int, int]]
) -> tuple[Grouping, list[str]]:
    """Groups with near-duplicates merged, and sentences about both."""
    found = find_groups(main.readings, main.root, options.group_by)
    merged = merge_linked(found.groups, links)
    notes = list(found.notes)
    if links:
        several = len({index for link in links for index in link})
        i, j = links[0]
        notes.append(
            f"{several} samples are nearly the same as another one (such as "
            f"{some([main.readings[i].key, main.readings[j].key])}); such samples stay on one side."
        )
    odd = [(i, j) for i, j in links if main.readings[i].label != main.readings[j].label]
    if odd:
        i, j = odd[0]
        notes.append(
            f"{len(odd)} pairs that look nearly the same carry different labels, such as "
            f"{some([main.readings[i].key, main.readings[j].key])}: check their labels."
        )
    return replace(found, groups=merged), notes


def _sample(reading: Reading, label: int, group: str, part: Part, path: str) -> Sample:
    return Sample(
        path=path,
        label=label,
        group=group,
        part=part,
        digest=reading.digest,
        size=reading.size,
        seconds=reading.seconds,
        rows=reading.rows,
    )


def _samples(
    readings: Sequence[Reading], groups: Sequence[str], parts: Sequence[Part]
) -> list[Sample]:
    labels = _numbered(readings)
    return [
        _sample(reading, label, group, part, reading.path)
        for reading, label, group, part in zip(readings, labels, groups, parts, strict=True)
    ]


def _numbered(readings: Sequence[Reading]) -> list[int]:
    """The class number of each reading."""
    number = {label: index for index, label in enumerate(classes_of(readings))}
    return [number[reading.label] for reading in readings]


def _path_from(root: Path, file: Path) -> str:
    try:
        return Path(os.path.relpath(file, root)).as_posix()
    except ValueError:  # another drive on Windows
        return file.as_posix()


def _finished(
    source: Collection,
    samples: Sequence[Sample],
    readings: Sequence[Reading],
    group_source: str,
    notes: Sequence[str],
) -> Dataset:
    labels = [sample.label for sample in samples]
    groups = [sample.group for sample in samples]
    return Dataset(
        root=source.root,
        modality=source.modality,
        classes=classes_of(readings),
        samples=tuple(samples),
        set_aside=source.set_aside,
        content_hash=_content_hash(source.modality, classes_of(readings), samples, source.motion),
        group_source=group_source,
        notes=source.notes + tuple(notes),
        shortcuts=find_shortcuts(readings, labels, groups),
        motion=source.motion,
    )


def _content_hash(
    modality: Modality,
    classes: Sequence[str],
    samples: Sequence[Sample],
    motion: MotionFormat | None,
) -> str:
    """Of what is learned from and how it is divided; file names do not matter."""
    digest = hashlib.sha256(repr((modality.value, tuple(classes), motion)).encode())
    for line in sorted(f"{s.digest} {s.label} {s.part.value}" for s in samples):
        digest.update(line.encode())
    return digest.hexdigest()
