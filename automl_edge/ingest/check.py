"""Says in words, and in JSON, what is in a dataset and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from automl_edge.domain.dataset import Dataset, Modality, MotionFormat, Part
from automl_edge.ingest.scan import shown

FEW = 50
"""Below this a class's test part holds ten samples or less, and its recall means little."""

_IMBALANCE = 5
_SHOWN = 20


def dataset_warnings(dataset: Dataset) -> tuple[str, ...]:
    """What to mend before trusting a model, as sentences: few samples, imbalance, shortcuts."""
    totals = dict.fromkeys(dataset.classes, 0)
    for sample in dataset.samples:
        totals[dataset.classes[sample.label]] += 1
    told = [
        f"The class {shown(name)} has {count} samples; {FEW} or more are advised."
        for name, count in totals.items()
        if count < FEW
    ]
    most, least = max(totals, key=totals.__getitem__), min(totals, key=totals.__getitem__)
    if totals[most] > _IMBALANCE * totals[least]:
        told.append(
            f"The classes are uneven: {shown(most)} has {totals[most]} samples, {shown(least)} "
            f"{totals[least]}. Look at balanced accuracy rather than accuracy."
        )
    for part in Part:
        lacking = [n for n, c in zip(dataset.classes, dataset.counts(part), strict=True) if not c]
        if lacking:
            told.append(f"The {part.value} part has no sample of {', '.join(map(shown, lacking))}.")
    told += [
        f"The {shortcut.name} alone tells {shortcut.accuracy:.0%} of the labels (the largest "
        f"class is {shortcut.majority:.0%}): if the classes were recorded, cut or saved in "
        "different ways, a model may learn that instead."
        for shortcut in dataset.shortcuts
    ]
    return tuple(told)


def describe_dataset(dataset: Dataset) -> str:
    """A plain-text account of ``dataset`` for `automl-edge check`."""
    blocks = [_headline(dataset), _table(dataset)]
    blocks.append(_listed("Remarks", dataset.notes))
    blocks.append(_listed("Warnings", dataset_warnings(dataset)))
    aside = [f"{shown(item.path)}: {item.reason}" for item in dataset.set_aside]
    if len(aside) > _SHOWN:
        aside = [*aside[:_SHOWN], f"... and {len(aside) - _SHOWN} more (all are in --json)"]
    blocks.append(_listed(f"Set aside ({len(dataset.set_aside)})", aside))
    return "\n\n".join(block for block in blocks if block)


def dataset_json(dataset: Dataset) -> dict[str, Any]:
    """The ``data`` section of report.json, which `check --json` prints as well."""
    return {
        "modality": dataset.modality.value,
        "classes": list(dataset.classes),
        "samples": len(dataset.samples),
        "counts": {part.value: list(dataset.counts(part)) for part in Part},
        "groups": {
            "source": dataset.group_source,
            "count": len({sample.group for sample in dataset.samples}),
        },
        "motion": None
        if dataset.motion is None
        else {
            "axes": list(dataset.motion.axes),
            "rate_hz": dataset.motion.rate_hz,
            "units_per_count": list(dataset.motion.units_per_count),
        },
        "notes": list(dataset.notes),
        "warnings": list(dataset_warnings(dataset)),
        "shortcuts": [
            {"name": s.name, "accuracy": s.accuracy, "majority": s.majority}
            for s in dataset.shortcuts
        ],
        "set_aside": [{"path": s.path, "reason": s.reason} for s in dataset.set_aside],
        "content_hash": dataset.content_hash,
    }


def _headline(dataset: Dataset) -> str:
    groups = len({sample.group for sample in dataset.samples})
    line = (
        f"{len(dataset.samples)} {dataset.modality.value} samples in {len(dataset.classes)} "
        f"classes, {groups} groups ({dataset.group_source})"
    )
    if dataset.motion is not None:
        form = dataset.motion
        line += (
            f"\naxes {', '.join(map(_plain, form.axes))} at {form.rate_hz:g} Hz, "
            f"one count in the file's own units: {_steps(form)}"
        )
    return f"{line}\n{_sizes(dataset)}"


def _steps(form: MotionFormat) -> str:
    """The step of all axes, or of each where they differ."""
    steps = [f"{unit:g}" for unit in form.units_per_count]
    if len(set(steps)) == 1:
        return steps[0]
    axes = map(_plain, form.axes)
    return ", ".join(f"{axis} {step}" for axis, step in zip(axes, steps, strict=True))


def _sizes(dataset: Dataset) -> str:
    if dataset.modality is Modality.IMAGE:
        (height, width), often = Counter(s.size for s in dataset.samples).most_common(1)[0]
        return f"most photos are {width} x {height} pixels ({often} of {len(dataset.samples)})"
    lengths = sorted(sample.seconds for sample in dataset.samples)
    return (
        f"lengths from {lengths[0]:.3g} to {lengths[-1]:.3g} s, "
        f"median {lengths[len(lengths) // 2]:.3g} s"
    )


def _table(dataset: Dataset) -> str:
    """Counts per class and part, columns aligned."""
    rows = [("class", *(part.value for part in Part), "all")]
    counts = [dataset.counts(part) for part in Part]
    for index, name in enumerate(dataset.classes):
        numbers = [column[index] for column in counts]
        rows.append((_plain(name), *map(str, numbers), str(sum(numbers))))
    totals = [sum(column) for column in counts]
    rows.append(("all", *map(str, totals), str(sum(totals))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _plain(name: str) -> str:
    return name if name.isprintable() else shown(name)


def _listed(title: str, lines: tuple[str, ...] | list[str]) -> str:
    return "\n".join([f"{title}:", *(f"  - {line}" for line in lines)]) if lines else ""
