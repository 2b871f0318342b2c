"""What a training sees: cached int8 windows and whose they are. No files, no TensorFlow."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from automl_edge.scores import Labels, Scores, recording_scores

REPRESENTATIVE_WINDOWS = 200
"""Enough for stable ranges; the converter runs the float model on each."""


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of one part of the data.

    ``features`` is int8 (windows, *input shape); ``recording[i]`` says which recording
    window ``i`` was cut from (images: one window each). ``labels`` and ``groups`` have
    one entry a recording.
    """

    features: NDArray[np.int8]
    recording: Labels
    labels: Labels
    groups: tuple[str, ...]

    @property
    def window_labels(self) -> Labels:
        """The label of each window's recording."""
        return self.labels[self.recording]

    def mean_scores(self, window_scores: Scores) -> Scores:
        """(recordings, classes) means of (windows, classes) scores."""
        return recording_scores(window_scores, self.recording)

    def only(self, recordings: Labels) -> Windows:
        """Those of ``recordings``, ascending numbers."""
        place = np.full(len(self.labels), -1)
        place[recordings] = np.arange(len(recordings))
        kept = place[self.recording] >= 0
        return Windows(
            self.features[kept],
            place[self.recording[kept]],
            self.labels[recordings],
            tuple(self.groups[number] for number in recordings),
        )

    def and_also(self, others: Windows) -> Windows:
        """These windows and those of ``others``, whose recordings are numbered on."""
        return Windows(
            np.concatenate([self.features, others.features]),
            np.concatenate([self.recording, others.recording + len(self.labels)]),
            np.concatenate([self.labels, others.labels]),
            self.groups + others.groups,
        )


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The training and validation windows under one front end. The test part is not here.

    ``background_class`` is the class that holds nothing but background, if there is one.
    """

    train: Windows
    validation: Windows
    classes: int
    background_class: int | None = None

    @property
    def background(self) -> NDArray[np.int8] | None:
        """Training windows of the background class, if there are any."""
        if self.background_class is None:
            return None
        found = self.train.features[self.train.window_labels == self.background_class]
        return found if len(found) else None

    @property
    def representative(self) -> NDArray[np.int8]:
        """Windows of what is trained on for the converter's calibration: evenly spread."""
        count = len(self.train.features)
        chosen = np.linspace(0, count - 1, min(count, REPRESENTATIVE_WINDOWS)).astype(np.intp)
        return self.train.features[chosen]

    def with_validation(self) -> TrainingData:
        """The validation part is trained on as well; what it tells then is no longer held out."""
        return replace(self, train=self.train.and_also(self.validation))

    def share(self, share: float) -> TrainingData:
        """A ``share`` of each class's training recordings, whole groups first, at least one.

        Groups come in an order of their own, whatever the share, so that a smaller one is
        part of a larger one.
        """
        ordered = sorted(
            range(len(self.train.labels)), key=lambda i: (_place(self.train.groups[i]), i)
        )
        chosen: list[int] = []
        for label in range(self.classes):
            own = [i for i in ordered if self.train.labels[i] == label]
            chosen += own[: max(1, round(len(own) * share))]
        return replace(self, train=self.train.only(np.array(sorted(chosen), dtype=np.intp)))

    def fold(self, number: int, count: int) -> TrainingData:
        """Training and validation part together, of which fold ``number`` of ``count`` is held out.

        Whole groups, and of each class about the same share in each fold. Raises ValueError
        for fewer groups than folds.
        """
        from sklearn.model_selection import StratifiedGroupKFold  # a second to import

        every = self.train.and_also(self.validation)
        with warnings.catch_warnings():  # of a class with fewer groups than folds
            warnings.simplefilter("ignore", UserWarning)
            folds = StratifiedGroupKFold(count).split(every.labels, every.labels, every.groups)
            rest, held_out = list(folds)[number]
        return replace(self, train=every.only(rest), validation=every.only(held_out))


def _place(group: str) -> str:
    return hashlib.sha256(group.encode("utf-8", "surrogateescape")).hexdigest()
