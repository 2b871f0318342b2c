from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from automl_edge.search.mirroring import may_turn, stays_right
from automl_edge.search.records import Ended, Proposal, Recipe, Stage


def _asked(lost: int, classes: int, of_one_class: bool) -> bool:
    """Twenty photos a class, all answered rightly; mirrored, ``lost`` are answered wrongly."""
    labels = np.repeat(np.arange(classes), 20)
    mirrored = np.ones_like(labels)
    mirrored[:: 1 if of_one_class else 3][:lost] = 0
    return stays_right(np.ones_like(labels), mirrored, labels)


@pytest.mark.parametrize(
    ("lost", "of_one_class", "stays"),
    [(0, False, True), (50, False, True), (51, False, False), (12, True, True), (13, True, False)],
)
def test_few_answers_may_be_lost_and_few_of_any_class(
    lost: int, of_one_class: bool, stays: bool
) -> None:
    assert _asked(lost, 10, of_one_class) is stays


def test_answers_that_only_mirrored_photos_get_right_do_no_harm() -> None:
    labels = np.array([0, 1])
    assert stays_right(np.array([0, 1]), np.array([1, 1]), labels)


def test_the_best_of_the_asked_decides_and_nobody_knows_at_first() -> None:
    ended = Ended(0, Stage.TRIAL, Proposal("any", ()), 0.6, 0.6, 1.0, 1.0, 0)
    worse = replace(ended, mirrors=True, flips=False)
    better = replace(ended, score=0.7, mirrors=False, flips=None)
    unasked, own = replace(ended, score=0.9), Recipe(4e-3, mirror=True, flip=True)
    assert may_turn([], own) == Recipe(4e-3)
    assert may_turn([unasked], own) == Recipe(4e-3)
    assert may_turn([unasked, worse], own) == Recipe(4e-3, mirror=True)
    assert may_turn([unasked, worse, better], own) == Recipe(4e-3)
    assert may_turn([replace(worse, flips=True), better], own) == Recipe(4e-3, flip=True)
