"""Finds samples with the same content, and samples that are nearly the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from automl_edge.domain.dataset import Modality, SetAside
from automl_edge.ingest.audio import read_audio
from automl_edge.ingest.fingerprint import FINGERPRINT_RATE, best_overlap, whiten
from automl_edge.ingest.records import Reading, UnusableError

IMAGE_ALIKE = 0.98
"""Correlation of 16 x 16 colour thumbnails, contrast normalised. On the shared photos copies
re-encoded at quality 40, resized or brightened reach 0.99 (median), and 24 of 3.2 million pairs
of different files do, shots of the same object among them."""

SOUND_BAND_DB = 3.0
SOUND_ALIKE = 0.5
"""Root mean square difference of band levels that makes a pair worth a closer look, and the
whitened correlation that settles it. Re-encoded copies reach 0.78 to 1; different recordings of
one word stay below 0.25; clips cut from one noise recording reach 0.5 where they overlap by
half."""

MOTION_ALIKE = 0.98
MOTION_LENGTH = 0.03
"""Correlation of shapes, and the relative difference in length that copies may have."""

_NEIGHBOURS = 16
_BLOCK = 1024
_LEAST_CONTRAST = 0.02
_COMPARED_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Folded:
    """Readings whose content is unique, and those that were set aside for their copies."""

    readings: tuple[Reading, ...]
    set_aside: tuple[SetAside, ...]
    copies: int
    conflicts: int


def fold_exact(readings: Sequence[Reading]) -> Folded:
    """Keep one of each content. Where copies carry different labels, none is kept.

    ``copies`` counts files dropped for a copy of the same class, ``conflicts`` contents
    that are in several classes.
    """
    by_content: dict[str, list[Reading]] = {}
    for reading in readings:
        by_content.setdefault(reading.digest, []).append(reading)
    kept: list[Reading] = []
    aside: list[SetAside] = []
    copies = conflicts = 0
    for same in by_content.values():
        if len({reading.label for reading in same}) == 1:
            kept.append(same[0])
            copies += len(same) - 1
            aside += [SetAside(r.key, f"the same content as {same[0].key}") for r in same[1:]]
            continue
        conflicts += 1
        for reading in same:
            other = next(r for r in same if r.label != reading.label)
            aside.append(
                SetAside(reading.key, f"the same content as {other.key}, in another class")
            )
    return Folded(tuple(kept), tuple(aside), copies, conflicts)


def near_duplicates(
    readings: Sequence[Reading], files: Sequence[Path], modality: Modality
) -> tuple[tuple[int, int], ...]:
    """Index pairs of readings that show the same thing, sorted; ``files`` is where each lies.

    Images are compared by thumbnail, motion by shape; sounds by their mean spectrum first
    and then, decoded again, by correlation at the best shift.
    """
    known = [i for i, reading in enumerate(readings) if reading.fingerprint is not None]
    if len(known) < 2:
        return ()
    chosen = [readings[i] for i in known]
    if modality is Modality.IMAGE:
        pairs: Iterable[tuple[int, int]] = _alike(_contrast(chosen), IMAGE_ALIKE)
    elif modality is Modality.MOTION:
        pairs = _alike_motion(chosen)
    else:
        pairs = _alike_sounds(chosen, [files[i] for i in known])
    return tuple(sorted((known[i], known[j]) for i, j in pairs))


def _stacked(readings: Sequence[Reading]) -> NDArray[np.float32]:
    return np.stack([r.fingerprint for r in readings if r.fingerprint is not None])


def _contrast(readings: Sequence[Reading]) -> NDArray[np.float32]:
    """Thumbnails as unit vectors: mean colour removed, contrast normalised (not that of noise)."""
    thumbs = _stacked(readings).reshape(len(readings), -1, 3)
    centred = thumbs - thumbs.mean(axis=1, keepdims=True)
    flat = centred.reshape(len(readings), -1)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    least = np.float32(_LEAST_CONTRAST * np.sqrt(flat.shape[1]))
    return np.asarray(flat / np.maximum(norm, least), dtype=np.float32)


def _alike(vectors: NDArray[np.float32], least: float) -> Iterator[tuple[int, int]]:
    """Pairs (i < j) whose dot product is at least ``least``; memory stays bounded."""
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        first, second = np.nonzero(block @ vectors[start:].T >= least)
        for i, j in zip(first + start, second + start, strict=True):
            if i < j:
                yield int(i), int(j)


def _alike_motion(readings: Sequence[Reading]) -> Iterator[tuple[int, int]]:
    by_axes: dict[int, list[int]] = {}
    for index, reading in enumerate(readings):
        by_axes.setdefault(reading.size[1], []).append(index)
    for group in by_axes.values():
        vectors = _stacked([readings[i] for i in group])
        for i, j in _alike(vectors, MOTION_ALIKE):
            first, second = readings[group[i]], readings[group[j]]
            longer = max(first.seconds, second.seconds)
            if abs(first.seconds - second.seconds) <= MOTION_LENGTH * longer:
                yield group[i], group[j]


def _alike_sounds(readings: Sequence[Reading], files: Sequence[Path]) -> Iterator[tuple[int, int]]:
    whitened = lru_cache(maxsize=256)(lambda index: _compared(files[index]))
    for i, j in sorted(_sound_candidates(_stacked(readings))):
        try:
            if best_overlap(whitened(i), whitened(j)) >= SOUND_ALIKE:
                yield i, j
        except UnusableError:
            continue  # the file changed since it was read; load_signal will say so


def _sound_candidates(levels: NDArray[np.float32]) -> set[tuple[int, int]]:
    """The pairs within SOUND_BAND_DB, at most _NEIGHBOURS nearest ones a sound.

    The bound keeps a thousand clips of one machine from costing a million comparisons.
    """
    found: set[tuple[int, int]] = set()
    squares = (levels**2).sum(axis=1)
    limit = levels.shape[1] * SOUND_BAND_DB**2
    for start in range(0, len(levels), _BLOCK):
        block = levels[start : start + _BLOCK]
        distance = squares[start : start + _BLOCK, None] + squares - 2 * (block @ levels.T)
        np.fill_diagonal(distance[:, start:], np.inf)
        near = min(_NEIGHBOURS, len(levels) - 1)
        nearest = np.argpartition(distance, near - 1, axis=1)[:, :near]
        for row, columns in enumerate(nearest):
            close = columns[distance[row, columns] <= limit]
            found.update((min(start + row, int(c)), max(start + row, int(c))) for c in close)
    return found


def _compared(file: Path) -> NDArray[np.float32]:
    """The start of a sound at FINGERPRINT_RATE, whitened."""
    rate = 2 * FINGERPRINT_RATE
    sound = read_audio(file, rate)[: round(_COMPARED_SECONDS * rate)].astype(np.float32)
    return whiten(soxr.resample(sound, rate, FINGERPRINT_RATE, "MQ").astype(np.float32))
