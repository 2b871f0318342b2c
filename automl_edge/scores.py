"""What the scores of a model are worth: per recording, with an interval and a baseline.

Pure NumPy (scikit-learn for what it already has). A recording's score is the mean of its
windows' scores; its answer is the class with the highest mean, the first of equals.
Labels are class indices; scores are probabilities in [0, 1] of shape (n, classes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Labels = NDArray[np.intp]

SOFTMAX_STEPS = 256
"""An int8 softmax counts in steps of 1/256 from its zero point, -128 (TFLite's fixed choice)."""

BOOTSTRAP_ROUNDS = 2000
_TAIL = 0.025
"""What a 95 % interval leaves on either side."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Precision and recall of one class (0 where undefined) and how often it truly occurs."""

    precision: float
    recall: float
    support: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything said about the answers on one part of the data.

    ``interval95`` is the bootstrap interval of ``accuracy``; ``majority`` the accuracy of
    always answering the training part's most frequent class; rows of ``confusion`` are
    the truth, columns the answers.
    """

    accuracy: float
    balanced: float
    interval95: tuple[float, float]
    majority: float
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]


def probabilities(outputs: NDArray[np.int8]) -> Scores:
    """Class probabilities of int8 softmax ``outputs``, same shape, multiples of 1/256."""
    return (outputs.astype(np.float64) - np.iinfo(np.int8).min) / SOFTMAX_STEPS


def recording_scores(window_scores: NDArray[np.floating], recording: Labels) -> Scores:
    """Mean score of each recording, (recordings, classes).

    ``window_scores`` is (windows, classes); ``recording[i]`` is the recording that window
    ``i`` was cut from. Recordings are numbered from 0 and each has a window.
    """
    counts = np.bincount(recording)
    if not counts.size or counts.min() == 0:
        raise ValueError("every recording needs at least one window")
    sums = np.zeros((counts.size, window_scores.shape[1]))
    np.add.at(sums, recording, window_scores)
    means: Scores = sums / counts[:, np.newaxis]
    return means


def answers(scores: Scores) -> Labels:
    """The class with the highest score of each row, the first of equals."""
    best: Labels = np.argmax(scores, axis=1)
    return best


def accuracy(scores: Scores, labels: Labels) -> float:
    """Fraction of rows whose answer is the label."""
    return float(np.mean(answers(scores) == labels))


def confusion(scores: Scores, labels: Labels) -> NDArray[np.intp]:
    """(classes, classes) counts: rows are the truth, columns the answers."""
    from sklearn.metrics import confusion_matrix

    classes = np.arange(scores.shape[1])
    counted: NDArray[np.intp] = confusion_matrix(labels, answers(scores), labels=classes)
    return counted


def balanced_accuracy(scores: Scores, labels: Labels) -> float:
    """Mean recall of the classes that occur in ``labels``."""
    counts = confusion(scores, labels)
    support = counts.sum(axis=1)
    seen = support > 0
    return float(np.mean(np.diag(counts)[seen] / support[seen]))


def per_class(scores: Scores, labels: Labels) -> tuple[ClassScore, ...]:
    """Precision, recall and support of each class, in class order."""
    from sklearn.metrics import precision_recall_fscore_support

    precision, recall, _, support = precision_recall_fscore_support(
        labels, answers(scores), labels=np.arange(scores.shape[1]), zero_division=0
    )
    return tuple(
        ClassScore(float(p), float(r), int(n))
        for p, r, n in zip(precision, recall, support, strict=True)
    )


def interval95(
    correct: NDArray[np.bool_], groups: Sequence[str], seed: int = 0
) -> tuple[float, float]:
    """95 % bootstrap interval (percentiles) of the accuracy, drawing whole groups.

    Samples of one speaker or device stand or fall together, so groups, not samples, are
    drawn with replacement (Field and Welsh, "Bootstrapping clustered data", 2007). A
    single group says nothing about others: its samples are then drawn one by one. Where all
    samples are right, or all are wrong, every draw is the same, and the exact interval of as many
    independent samples is taken (Clopper and Pearson, "The use of confidence or fiducial limits",
    1934): ten out of ten are 69 to 100 %.
    """
    if correct.all() or not correct.any():
        bound = float(_TAIL ** (1 / len(correct)))
        return (bound, 1.0) if correct.all() else (0.0, 1 - bound)
    names, index = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        index = np.arange(len(correct))
    sizes = np.bincount(index)
    hits = np.bincount(index, weights=correct)
    drawn = np.random.default_rng(seed).integers(0, sizes.size, (BOOTSTRAP_ROUNDS, sizes.size))
    fractions = hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(fractions, (_TAIL, 1 - _TAIL))
    return float(low), float(high)


def majority_baseline(train_labels: Labels, labels: Labels) -> float:
    """Accuracy on ``labels`` of always answering the most frequent of ``train_labels``."""
    return float(np.mean(labels == np.argmax(np.bincount(train_labels))))


def unsure_threshold(scores: Scores, labels: Labels) -> float:
    """The score below which "unsure" is the better answer; a multiple of 1/256.

    A right answer earns one point, a wrong one costs one, "unsure" neither; of the
    thresholds that earn most the lowest is taken, so that no answer is given up without
    gain. Choose it on the validation part.
    """
    best = scores.max(axis=1)
    points = np.where(answers(scores) == labels, 1, -1)
    steps = np.arange(SOFTMAX_STEPS)
    earned = [int(points[best >= step / SOFTMAX_STEPS].sum()) for step in steps]
    return float(np.argmax(earned)) / SOFTMAX_STEPS


def evaluate(
    scores: Scores, labels: Labels, groups: Sequence[str], train_labels: Labels
) -> Evaluation:
    """All figures for the answers on one part; one row, label and group a recording."""
    return Evaluation(
        accuracy=accuracy(scores, labels),
        balanced=balanced_accuracy(scores, labels),
        interval95=interval95(answers(scores) == labels, groups),
        majority=majority_baseline(train_labels, labels),
        per_class=per_class(scores, labels),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion(scores, labels)),
    )
