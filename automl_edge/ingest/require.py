"""What a dataset must have before anything can be learned from it; refusals in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from automl_edge.domain.dataset import Part, SetAside
from automl_edge.errors import DataError
from automl_edge.ingest.records import Reading
from automl_edge.ingest.scan import shown, some
from automl_edge.ingest.split import straddling

MIN_PER_CLASS = 5
"""Three to learn from, one to validate and one to test with: less cannot be divided 60/20/20."""

_LOST_SHOWN = 3


def classes_of(readings: Sequence[Reading]) -> tuple[str, ...]:
    """The labels that occur, sorted."""
    return tuple(sorted({reading.label for reading in readings}))


def require_classes(
    readings: Sequence[Reading], labels: Sequence[str], set_aside: Sequence[SetAside]
) -> None:
    """Raise DataError with fewer than two classes, or too few samples in one of ``labels``.

    The message names the first of the ``set_aside`` files of the class, and why.
    """
    counts = Counter(dict.fromkeys(labels, 0))
    counts.update(reading.label for reading in readings)
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
            f"Add samples, or take the class out.{_lost(label, set_aside)}",
        )


def _lost(label: str, set_aside: Sequence[SetAside]) -> str:
    """What of the class ``label`` cannot be used, in words; empty where nothing was lost."""
    own = [item for item in set_aside if item.path.startswith(f"{label}/")]
    told = "; ".join(f"{shown(item.path)}: {item.reason}" for item in own[:_LOST_SHOWN])
    more = f"; and {len(own) - _LOST_SHOWN} more" if len(own) > _LOST_SHOWN else ""
    return f" Not usable in it: {told}{more}." if own else ""


def require_groups(readings: Sequence[Reading], groups: Sequence[str], fewest: int) -> None:
    """Raise DataError where a class has fewer than ``fewest`` independent groups."""
    for label in classes_of(readings):
        found = {g for r, g in zip(readings, groups, strict=True) if r.label == label}
        if len(found) < fewest:
            raise DataError(
                f"the samples of the class {label!r} are only {len(found)} independent group(s), "
                f"nearly the same among themselves; {fewest} are needed, one for each part",
                "Add samples from other recordings, speakers or scenes.",
            )


def judge_given_split(
    readings: Sequence[Reading],
    groups: Sequence[str],
    parts: Sequence[Part],
    links: Sequence[tuple[int, int]],
) -> list[str]:
    """What to tell about a split that the user gave; raises DataError if it cannot work."""
    classes = classes_of(readings)
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
