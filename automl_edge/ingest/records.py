"""What the rooms of ingest hand to one another: files found, and what was read from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.dataset import SetAside


class UnusableError(Exception):
    """A file that cannot be used; the text says why, for the list of what was set aside."""


class Trait(StrEnum):
    """A property of a file that has nothing to do with what it shows, but that a model could see.

    The size in bytes is none of them: it follows from the content, and no model sees it.
    """

    LENGTH = "length"
    LOUDNESS = "loudness"
    CHANNELS = "channel count"
    RATE = "sample rate"
    HEIGHT = "image height"
    WIDTH = "image width"
    ASPECT = "aspect ratio"
    FORMAT = "file format"


class Remark(StrEnum):
    """Something odd about a file that is used all the same."""

    SILENT = "silent from end to end"
    CLIPPED = "clipped (over 1 % of the samples at full scale)"
    CONSTANT_AXIS = "with an axis that never changes"
    TRANSPARENT = "with transparency, laid over white"
    BLURRED = "blurred, by shaking or out of focus"
    ANIMATED = "with several frames, of which the first is used"
    CUT_AT_GAP = "cut in pieces where the clock jumps"
    OTHER_COLUMNS = "with text or label columns, which are not read as axes"
    NO_CLOCK = "without a time column"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a class folder: its path relative to the root, and where it lies.

    ``label`` is None for a CSV whose rows carry their own labels.
    """

    path: str
    file: Path
    label: str | None


@dataclass(frozen=True, slots=True)
class MotionFacts:
    """What the common format of motion recordings is chosen from.

    ``rate_hz`` is 0 without a time column; ``peaks`` is the largest magnitude an axis, in
    the file's own unit; ``whole`` says of each axis whether all values are whole numbers.
    """

    axes: tuple[str, ...]
    header: bool
    rate_hz: float
    peaks: tuple[float, ...]
    whole: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One sample as decoded once, before groups and parts are known.

    ``digest`` is a hash of the decoded content, ``fingerprint`` a small float32 vector
    that near-duplicates share (None where the signal is constant). ``group`` is set only
    where the file itself names one (a subject column).
    """

    path: str
    label: str
    digest: str
    size: tuple[int, int]
    seconds: float = 0.0
    rows: tuple[int, int] | None = None
    group: str | None = None
    fingerprint: NDArray[np.float32] | None = field(default=None, compare=False)
    traits: Mapping[Trait, float] = field(default_factory=dict, compare=False)
    remarks: frozenset[Remark] = frozenset()
    motion: MotionFacts | None = None

    @property
    def key(self) -> str:
        """Unique name: the path, and the rows where a file holds several recordings."""
        return self.path if self.rows is None else f"{self.path}#{self.rows[0]}-{self.rows[1]}"


@dataclass(frozen=True, slots=True)
class FileReadings:
    """All that one file gave: its samples, and rows or pieces that were left out."""

    readings: tuple[Reading, ...]
    set_aside: tuple[SetAside, ...] = ()
