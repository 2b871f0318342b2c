"""What a training sees: cached int8 windows and whose they are. No files, no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from automl_edge.scores import Labels, Scores, recording_scores


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


@dataclass(frozen=True, slots=True)
class TrainingData:
    """The training and validation windows under one front end. The test part is not here."""

    train: Windows
    validation: Windows
    classes: int

    @property
    def representative(self) -> NDArray[np.int8]:
        """Windows of the training part for the converter's calibration: evenly spread."""
        count = len(self.train.features)
        chosen = np.linspace(0, count - 1, min(count, REPRESENTATIVE_WINDOWS)).astype(np.intp)
        return self.train.features[chosen]


REPRESENTATIVE_WINDOWS = 200
"""Enough for stable ranges; the converter runs the float model on each."""
