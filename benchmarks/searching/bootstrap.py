"""Is one method better than another? Paired, and by whole groups.

All splits are pooled. A group (a speaker, a subject, a photo with its near-duplicates) is one
unit with all of its test samples in all splits, and groups are drawn with replacement (Field
and Welsh, "Bootstrapping clustered data", 2007). Both methods answered the same samples, so the
difference of each sample goes along with its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from searching.results import Result

DRAWS = 10_000
INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Difference:
    """Accuracy of one method less another's: mean, 95 % interval, share of draws above zero."""

    mean: float
    low: float
    high: float
    above: float


def pooled_accuracy(results: Sequence[Result]) -> float:
    """Accuracy over the test samples of all ``results`` together."""
    answers = "".join(result.correct for result in results)
    return answers.count("1") / len(answers)


def paired_difference(
    ours: Sequence[Result], theirs: Sequence[Result], draws: int = DRAWS
) -> Difference:
    """``ours`` less ``theirs``, run by run on the same test samples.

    Raises ValueError where a pair was not asked about the same samples.
    """
    gained: list[int] = []
    groups: list[int] = []
    for our, their in zip(ours, theirs, strict=True):
        if our.groups != their.groups:
            raise ValueError(f"{our.key} and {their.key} have different test parts")
        pairs = zip(our.correct, their.correct, strict=True)
        gained += [int(mine) - int(other) for mine, other in pairs]
        groups += our.groups
    _, index = np.unique(groups, return_inverse=True)
    sizes = np.bincount(index)
    gains = np.bincount(index, weights=gained)
    random = np.random.default_rng(0)
    drawn = (random.integers(0, sizes.size, sizes.size) for _ in range(draws))
    means = np.array([gains[chosen].sum() / sizes[chosen].sum() for chosen in drawn])
    low, high = np.percentile(means, INTERVAL)
    return Difference(float(np.mean(gained)), float(low), float(high), float(np.mean(means > 0)))
