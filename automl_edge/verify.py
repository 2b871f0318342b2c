"""Proof that the exported C says what the model says, and answers given by that C.

The C is compiled for this machine and fed raw samples through its public interface; its
features are compared with those of training and its scores with TensorFlow Lite Micro's,
byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from automl_edge.device.emulate import CoreRun, stimulus
from automl_edge.device.host import HostLibrary, Outputs, Window
from automl_edge.device.sanitized import run_sanitized
from automl_edge.device.sources import CSources
from automl_edge.export.library import LibraryInfo, read_library
from automl_edge.export.reference import Reference

MAX_MISMATCHES = 20
C_FOLDER = "c"
WINDOWS_AT_ONCE = 256
"""Held in memory, or as many as one recording has."""

KeyedWindows = tuple[str, Sequence[Window]]
"""A sample's key, and the raw windows that its recording or photo was cut into."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A sample whose bytes differ: how many features and scores, and whether UBSan trapped."""

    key: str
    features: int
    scores: int
    trapped: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """How many samples were run and how many were identical in every byte, with and without
    UBSan; ``oracle`` says whose scores they were compared with. The first few that were
    not are listed."""

    samples: int
    identical: int
    oracle: str
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The C's answer for one recording: ``scores`` are means over its windows, as real
    numbers; ``label`` is the index of the largest, ``unsure`` if it is below the threshold."""

    label: int
    scores: tuple[float, ...]
    unsure: bool


class Classifier:
    """An exported library on this machine, with the facts that turn its bytes into answers."""

    def __init__(self, info: LibraryInfo, sources: CSources) -> None:
        self.info = info
        self._library = HostLibrary(sources)

    def answer(self, windows: Sequence[Window]) -> Answer:
        """The answer for one recording or photo; ``windows`` is not empty."""
        return self.answers([windows])[0]

    def answers(self, recordings: Iterable[Sequence[Window]]) -> list[Answer]:
        """An answer for the windows of each recording."""
        return [self._mean(self._library.run(windows).scores) for windows in recordings]

    def _mean(self, scores: NDArray[np.int8]) -> Answer:
        steps = scores.astype(np.float64).mean(axis=0) - self.info.score_zero_point
        means = steps * self.info.score_scale
        label = int(means.argmax())
        unsure = steps[label] + self.info.score_zero_point < self.info.int8_threshold
        return Answer(label, tuple(means.tolist()), bool(unsure))


def load_classifier(run: Path) -> Classifier:
    """The C library in the run directory ``run``, as it was written; RunDirectoryError if none."""
    return Classifier(*read_library(run / C_FOLDER))


def verify(
    sources: CSources, reference: Reference, samples: Iterable[KeyedWindows]
) -> Verification:
    """Run every window of ``samples`` through the C and compare all bytes with ``reference``.

    Each sample counts once, however many windows it has, and only if all of them agree in
    features and scores, in the optimised build and in the one with UBSan.
    """
    library = HostLibrary(sources)
    count, mismatches = 0, list[Mismatch]()
    for group in _groups(samples):
        count += len(group)
        mismatches += _differing(library, reference, group)
    identical = count - len(mismatches)
    return Verification(count, identical, reference.oracle, tuple(mismatches[:MAX_MISMATCHES]))


def same_on_core(sources: CSources, run: CoreRun) -> bool:
    """Whether the emulated core read and wrote the same bytes as this machine does."""
    here = HostLibrary(sources).run([stimulus(sources)])
    return (here.features.tobytes(), here.scores.tobytes()) == (run.features, run.scores)


def _groups(samples: Iterable[KeyedWindows]) -> Iterator[list[KeyedWindows]]:
    group: list[KeyedWindows] = []
    windows = 0
    for key, own in samples:
        if group and windows + len(own) > WINDOWS_AT_ONCE:
            yield group
            group, windows = [], 0
        group.append((key, own))
        windows += len(own)
    if group:
        yield group


def _differing(
    library: HostLibrary, reference: Reference, group: Sequence[KeyedWindows]
) -> Iterator[Mismatch]:
    windows = [window for _, windows in group for window in windows]
    features = reference.features(windows)
    expected = Outputs(features, reference.scores(features))
    runs = (library.run(windows), run_sanitized(library.sources, windows))
    start = 0
    for key, own in group:
        rows = slice(start, start + len(own))
        start += len(own)
        wrong_features = sum(_unequal(run.features, expected.features, rows) for run in runs if run)
        wrong_scores = sum(_unequal(run.scores, expected.scores, rows) for run in runs if run)
        trapped = any(run is None for run in runs)
        if wrong_features or wrong_scores or trapped:
            yield Mismatch(key, wrong_features, wrong_scores, trapped)


def _unequal(found: NDArray[np.int8], expected: NDArray[np.int8], rows: slice) -> int:
    return int(np.count_nonzero(found[rows] != expected[rows]))
