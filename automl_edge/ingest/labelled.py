"""New labelled samples for a model that exists already: no split, no least number."""

from __future__ import annotations

from pathlib import Path

from automl_edge.domain.dataset import Dataset, Modality, MotionFormat, Part, Sample
from automl_edge.ingest.collect import collect
from automl_edge.ingest.duplicates import fold_exact
from automl_edge.ingest.groups import find_groups
from automl_edge.ingest.require import classes_of
from automl_edge.ingest.testpart import with_axes_of


def read_samples(
    path: Path, modality: Modality, motion: MotionFormat | None, workspace: Path
) -> Dataset:
    """All usable samples at ``path`` as one test part, each content once in its class.

    ``motion`` is the format that the model was trained on; recordings are decoded to it.
    One class and one sample are enough. Raises DataError where nothing can be used.
    """
    found = with_axes_of(collect(path, modality, workspace), motion)
    folded = fold_exact(found.readings)
    classes = classes_of(folded.readings)
    grouping = find_groups(folded.readings, found.root, None)
    samples = tuple(
        Sample(
            path=reading.path,
            label=classes.index(reading.label),
            group=group,
            part=Part.TEST,
            digest=reading.digest,
            size=reading.size,
            seconds=reading.seconds,
            rows=reading.rows,
        )
        for reading, group in zip(folded.readings, grouping.groups, strict=True)
    )
    return Dataset(
        root=found.root,
        modality=found.modality,
        classes=classes,
        samples=samples,
        set_aside=found.set_aside + folded.set_aside,
        content_hash="",
        group_source=grouping.source,
        notes=found.notes,
        motion=motion,
    )
