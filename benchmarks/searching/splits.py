"""The split of each seed: whole groups, classes in their proportions, another test part each time.

The groups are dealt into five stratified folds; a seed's test part is one of them, the next one
is its validation part and the other three are trained on. The test parts of up to five seeds
therefore share no sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from automl_edge.domain.dataset import Dataset, Part
from automl_edge.ingest import IngestOptions, read_dataset, write_split

FOLDS = 5


def split_for(data: Path, seed: int, file: Path) -> None:
    """Write the split of ``data`` for ``seed`` to ``file``, a CSV for ``fit --split``."""
    dataset = read_dataset(data)
    parts = parts_for(
        [sample.label for sample in dataset.samples],
        [sample.group for sample in dataset.samples],
        seed,
    )
    samples = zip(dataset.samples, parts, strict=True)
    divided = replace(dataset, samples=tuple(replace(one, part=part) for one, part in samples))
    file.write_text(write_split(divided), "utf-8", "surrogateescape", newline="")


def parts_for(labels: Sequence[int], groups: Sequence[str], seed: int) -> tuple[Part, ...]:
    """The part of each sample under ``seed`` (1 and up); seeds 6 to 10 deal anew, and so on."""
    from sklearn.model_selection import StratifiedGroupKFold

    dealing, place = divmod(seed - 1, FOLDS)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=dealing)
    held = [indices for _, indices in folds.split(np.array(labels), labels, groups)]
    parts = [Part.TRAIN] * len(labels)
    for part, fold in ((Part.TEST, place), (Part.VALIDATION, (place + 1) % FOLDS)):
        for index in held[fold]:
            parts[index] = part
    return tuple(parts)


def divided_dataset(data: Path, split: Path) -> Dataset:
    """``data`` with the parts that ``split`` says, read as ``fit`` does."""
    return read_dataset(data, IngestOptions(split=split))


def group_numbers(dataset: Dataset, part: Part) -> tuple[int, ...]:
    """For each sample of ``part`` the number of its group among all groups' sorted names."""
    names = sorted({sample.group for sample in dataset.samples})
    number = {name: index for index, name in enumerate(names)}
    return tuple(number[sample.group] for sample in dataset.part(part))
