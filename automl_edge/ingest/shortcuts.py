"""What trivial properties of the files alone would score: each hit is a leak to look into."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from automl_edge.domain.dataset import Shortcut
from automl_edge.ingest.records import Reading, Trait

_FOLDS = 5
_TREE_LEAVES = 12
_CLEARLY = 0.05
_STANDARD_ERRORS = 3.0


def find_shortcuts(
    readings: Sequence[Reading], labels: Sequence[int], groups: Sequence[str]
) -> tuple[Shortcut, ...]:
    """Traits from which a small decision tree tells the class clearly above the majority.

    Five-fold cross-validation with groups held together; "clearly" is five points and
    three standard errors above the share of the largest class. Best first.
    """
    classes = np.asarray(labels)
    majority = float(np.bincount(classes).max() / len(classes))
    error = np.sqrt(majority * (1 - majority) / len(classes))
    least = majority + max(_CLEARLY, _STANDARD_ERRORS * error)
    _, group_numbers = np.unique(np.asarray(groups), return_inverse=True)
    found = []
    for trait in Trait:
        column = _column(readings, trait)
        if column is None:
            continue
        accuracy = _score(column, classes, group_numbers)
        if accuracy > least:
            found.append(Shortcut(trait.value, accuracy, majority))
    return tuple(sorted(found, key=lambda shortcut: -shortcut.accuracy))


def _column(readings: Sequence[Reading], trait: Trait) -> NDArray[np.float64] | None:
    """One value a sample; None if the trait is missing or the same everywhere."""
    values = np.array([reading.traits.get(trait, np.nan) for reading in readings])
    if np.isnan(values).any() or np.ptp(values) == 0:
        return None
    return values


def _score(
    column: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> float:
    """Accuracy of a small tree on folds of groups it has not seen."""
    from sklearn.tree import DecisionTreeClassifier  # a second to import

    fold = np.random.default_rng(1).permutation(groups.max() + 1)[groups] % _FOLDS
    right = 0
    for held in range(_FOLDS):
        train, test = fold != held, fold == held
        if not test.any() or not train.any():
            continue
        tree = DecisionTreeClassifier(
            max_leaf_nodes=_TREE_LEAVES, min_samples_leaf=3, random_state=1
        )
        tree.fit(column[train, None], labels[train])
        right += int((tree.predict(column[test, None]) == labels[test]).sum())
    return right / len(labels)
