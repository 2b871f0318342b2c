"""The door of ingest: a folder or zip in, a Dataset with groups and parts out."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from automl_edge.domain.dataset import Dataset, Modality, MotionFormat, Part, Sample, SetAside
from automl_edge.errors import DataError
from automl_edge.ingest.collect import Collection, collect
from automl_edge.ingest.duplicates import fold_exact, near_duplicates
from automl_edge.ingest.groups import FEWEST_GROUPS, Grouping, find_groups, merge_linked
from automl_edge.ingest.options import IngestOptions
from automl_edge.ingest.records import Reading
from automl_edge.ingest.scan import some
from automl_edge.ingest.shortcuts import find_shortcuts
from automl_edge.ingest.split import apply_split, read_split, split_by_group, straddling

MIN_PER_CLASS = 5
"""Three to learn from, one to validate and one to test with: less cannot be divided 60/20/20."""


@dataclass(frozen=True, slots=True)
class _Pool:
    """Samples of one source on their way to a part."""

    readings: tuple[Reading, ...]
    grouping: Grouping


def read_dataset(
    path: Path, options: IngestOptions | None = None, workspace: Path | None = None
) -> Dataset:
    """Read, clean, group and divide the samples at ``path``; nothing there is changed.

    ``workspace`` is where a zip is unpacked (a temporary folder without it). The result
    depends on the data and ``options`` alone. Raises DataError (nothing usable, one class,
    too few in a class, a split that does not match) and UsageError (a bad pattern).
    """
    options = options or IngestOptions()
    main = _clean(collect(path, options.modality, workspace))
    if options.test is None:
        _require_classes(main.readings)
        return _divided(main, options)
    if options.split is not None:
        raise DataError("--test and --split both say what the test part is", "Give one of them.")
    _require_classes(main.readings)
    return _with_test_folder(main, options, workspace)


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
    pool, notes = _grouped(main, options, links)
    classes = _classes(main.readings)
    labels = [classes.index(reading.label) for reading in main.readings]
    groups = list(pool.grouping.groups)
    if options.split is None:
        _require_groups(main.readings, groups, FEWEST_GROUPS)
        parts = split_by_group(labels, groups)
    else:
        given = read_split(options.split)
        aside = frozenset(item.path for item in main.set_aside)
        keys = [reading.key for reading in main.readings]
        parts = apply_split(keys, aside, given)
        groups = [given[key][0] or group for key, group in zip(keys, groups, strict=True)]
        notes += _judge_given_split(main.readings, groups, parts, links)
    samples = [
        _sample(reading, label, group, part, reading.path)
        for reading, label, group, part in zip(main.readings, labels, groups, parts, strict=True)
    ]
    return _finished(main, samples, main.readings, pool.grouping.source, notes)


def _with_test_folder(
    main: Collection, options: IngestOptions, workspace: Path | None
) -> Dataset:
    """Training and validation from ``main``, the test part from the user's own folder."""
    assert options.test is not None
    place = None if workspace is None else workspace / "test"
    test = _clean(collect(options.test, main.modality, place))
    classes = _classes(main.readings)
    strange = sorted(set(_classes(test.readings)) - set(classes))
    if strange:
        raise DataError(
            f"the test folder has classes that the data has not: {some(strange)}",
            f"Its class folders must be among {', '.join(classes)}.",
        )
    test = _same_format(test, main.motion)
    main, links, leaked = _without_leaks(main, test)
    _require_classes(main.readings)
    pool, notes = _grouped(main, options, links)
    groups = pool.grouping.groups
    _require_groups(main.readings, groups, FEWEST_GROUPS - 1)
    labels = [classes.index(reading.label) for reading in main.readings]
    parts = split_by_group(labels, groups, (Part.TRAIN, Part.VALIDATION))
    samples = [
        _sample(reading, label, group, part, reading.path)
        for reading, label, group, part in zip(main.readings, labels, groups, parts, strict=True)
    ]
    test_groups = find_groups(test.readings, test.root, None).groups
    for reading, group in zip(test.readings, test_groups, strict=True):
        path = _path_from(main.root, test.root / reading.path)
        label = classes.index(reading.label)
        samples.append(_sample(reading, label, f"test:{group}", Part.TEST, path))
    notes += leaked
    shared = set(groups) & set(test_groups)
    if shared and pool.grouping.source != "none":
        notes.append(
            f"{len(shared)} groups of the test folder are also in the training data "
            f"({some(sorted(shared), 3)}): its accuracy may be flattered."
        )
    both = replace(
        main, set_aside=main.set_aside + test.set_aside, notes=main.notes + test.notes
    )
    return _finished(
        both, samples, main.readings + test.readings, pool.grouping.source, notes
    )


def _same_format(test: Collection, motion: MotionFormat | None) -> Collection:
    """``test`` without motion recordings that lack the training data's axes."""
    if motion is None or test.motion is None:
        return test
    if len(test.motion.axes) != len(motion.axes):
        raise DataError(
            f"the test folder has the axes {', '.join(test.motion.axes)}, "
            f"the data {', '.join(motion.axes)}",
            "Both must come from the same sensors.",
        )
    return test


def _without_leaks(
    main: Collection, test: Collection
) -> tuple[Collection, tuple[tuple[int, int], ...], list[str]]:
    """``main`` without copies of test samples, the links within it, and what to tell."""
    every = main.readings + test.readings
    files = [main.root / r.path for r in main.readings]
    files += [test.root / r.path for r in test.readings]
    digests = {reading.digest: reading for reading in test.readings}
    twins = {
        i: digests[r.digest].path for i, r in enumerate(main.readings) if r.digest in digests
    }
    count = len(main.readings)
    links = near_duplicates(every, files, main.modality)
    for i, j in links:
        if i < count <= j:
            twins.setdefault(i, every[j].path)
    kept = [i for i in range(count) if i not in twins]
    place = {old: new for new, old in enumerate(kept)}
    inner = tuple((place[i], place[j]) for i, j in links if i in place and j in place)
    aside = tuple(
        SetAside(main.readings[i].key, f"(nearly) the same as the test sample {path}")
        for i, path in sorted(twins.items())
    )
    notes = []
    if aside:
        notes.append(
            f"{len(aside)} training samples are (nearly) the same as test samples and are set "
            f"aside: {some([item.path for item in aside], 3)}."
        )
    cleaned = replace(
        main,
        readings=tuple(main.readings[i] for i in kept),
        set_aside=main.set_aside + aside,
    )
    return cleaned, inner, notes


def _grouped(
    main: Collection, options: IngestOptions, links: Sequence[tuple[int, int]]
) -> tuple[_Pool, list[str]]:
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
    return _Pool(main.readings, replace(found, groups=merged)), notes


def _judge_given_split(
    readings: Sequence[Reading],
    groups: Sequence[str],
    parts: Sequence[Part],
    links: Sequence[tuple[int, int]],
) -> list[str]:
    """What to tell about a split that the user gave; raises DataError if it cannot work."""
    classes = _classes(readings)
    for part in Part:
        present = {r.label for r, p in zip(readings, parts, strict=True) if p is part}
        missing = [label for label in classes if label not in present]
        if missing and (part is Part.TRAIN or not present):
            raise DataError(
                f"the split leaves the {part.value} part without {some(missing)}",
                "Every class needs training samples, and no part may be empty.",
            )
    notes = []
    apart = straddling(groups, parts)
    if apart:
        notes.append(
            f"The given split puts {len(apart)} groups on several sides ({some(list(apart), 3)}): "
            "its accuracy may be flattered."
        )
    leaks = sum(parts[i] is not parts[j] for i, j in links)
    if leaks:
        notes.append(f"The given split separates {leaks} pairs that are nearly the same.")
    return notes


def _require_classes(readings: Sequence[Reading]) -> None:
    counts = Counter(reading.label for reading in readings)
    if len(counts) < 2:
        raise DataError(
            f"there is one class ({next(iter(counts), 'none')!r}); at least two are needed",
            "Add a folder for each thing to tell apart, if only one for everything else.",
        )
    label, least = min(counts.items(), key=lambda item: (item[1], item[0]))
    if least < MIN_PER_CLASS:
        raise DataError(
            f"the class {label!r} has {least} usable samples; at least {MIN_PER_CLASS} are needed "
            "(three to learn from, one to validate and one to test with)",
            "Add samples, or take the class out. `automl-edge check` lists what was set aside.",
        )


def _require_groups(readings: Sequence[Reading], groups: Sequence[str], fewest: int) -> None:
    for label in _classes(readings):
        found = {g for r, g in zip(readings, groups, strict=True) if r.label == label}
        if len(found) < fewest:
            raise DataError(
                f"the samples of the class {label!r} are only {len(found)} independent group(s), "
                f"nearly the same among themselves; {fewest} are needed, one for each part",
                "Add samples from other recordings, speakers or scenes.",
            )


def _classes(readings: Sequence[Reading]) -> tuple[str, ...]:
    return tuple(sorted({reading.label for reading in readings}))


def _sample(reading: Reading, label: int, group: str, part: Part, path: str) -> Sample:
    return Sample(
        path=path,
        label=label,
        group=group,
        part=part,
        digest=reading.digest,
        size=reading.size,
        seconds=0.0 if reading.seconds == 0 else reading.seconds,
        rows=reading.rows,
    )


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
        classes=_classes(readings),
        samples=tuple(samples),
        set_aside=source.set_aside,
        content_hash=_content_hash(source.modality, _classes(readings), samples, source.motion),
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
