"""What the user gave us: labelled samples, their groups and parts, and what was set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

BACKGROUND_NAMES = frozenset({"ambient", "background", "background_noise", "noise", "silence"})


class Modality(StrEnum):
    """What kind of signal a dataset holds."""

    IMAGE = "image"
    AUDIO = "audio"
    MOTION = "motion"


class Part(StrEnum):
    """Which side of the split a sample is on. The test part never chooses anything."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled photo, clip or recording.

    ``path`` is relative to the dataset's root, with forward slashes, and unique; ``rows``
    (start, stop) selects part of a CSV that holds many recordings in a label column.
    ``size`` is (height, width) of an image, (frames, channels) of audio at its own rate,
    (rows, axes) of motion. ``seconds`` is the length of a recording, 0 for images.
    """

    path: str
    label: int
    group: str
    part: Part
    digest: str
    size: tuple[int, int] = (0, 0)
    seconds: float = 0.0
    rows: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """Unique name of the sample, for split.csv and reports."""
        return self.path if self.rows is None else f"{self.path}#{self.rows[0]}-{self.rows[1]}"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that is not used, and why, in words for the user."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A trivial property that alone predicts the label better than the majority does.

    Accuracies are fractions on held-out samples.
    """

    name: str
    accuracy: float
    majority: float


@dataclass(frozen=True, slots=True)
class MotionFormat:
    """How motion recordings become int16 counts.

    ``rate_hz`` is the one rate all recordings are resampled to; a count of an axis is its
    ``units_per_count`` of the file's own unit, since an accelerometer in g and a gyroscope
    in degrees a second may stand side by side. Axes of one sensor share a step.
    """

    axes: tuple[str, ...]
    rate_hz: float
    units_per_count: tuple[float, ...]


def is_background(name: str) -> bool:
    """Whether a class of this name holds nothing but background."""
    return name.strip("_ ").casefold() in BACKGROUND_NAMES


@dataclass(frozen=True, slots=True)
class Dataset:
    """Everything known about a folder of samples after ingest; files stay on disk.

    ``root`` is where sample paths start (a private unpacked copy for a zip).
    ``content_hash`` covers classes, sample contents and split. ``notes`` are sentences
    for the user: how groups were found, which traps were avoided.
    """

    root: Path
    modality: Modality
    classes: tuple[str, ...]
    samples: tuple[Sample, ...]
    set_aside: tuple[SetAside, ...]
    content_hash: str
    group_source: str
    notes: tuple[str, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    motion: MotionFormat | None = None

    def part(self, part: Part) -> tuple[Sample, ...]:
        """The samples on one side of the split, in stable order."""
        return tuple(sample for sample in self.samples if sample.part is part)

    @property
    def background_class(self) -> int | None:
        """The class of recordings that hold nothing but background, by its name."""
        found = (i for i, name in enumerate(self.classes) if is_background(name))
        return next(found, None)

    def counts(self, part: Part) -> tuple[int, ...]:
        """Samples per class in ``part``, in the order of ``classes``."""
        labels = [sample.label for sample in self.part(part)]
        return tuple(labels.count(index) for index in range(len(self.classes)))

    def held_out(self) -> Iterator[Sample]:
        """Validation samples, then test samples."""
        yield from self.part(Part.VALIDATION)
        yield from self.part(Part.TEST)
