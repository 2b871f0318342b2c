"""Whether photos may be mirrored or turned upside down in training, told by a network that never
saw one so.

Of things and animals a mirrored photo is another photo of the same class, and of what lies on a
table one upside down is, too; of digits, arrows and hands neither is. A network that was trained
on photos as they are knows: it answers the others nearly as well, or it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from automl_edge.scores import Labels
from automl_edge.search.preference import standard_error
from automl_edge.search.records import Ended, Recipe
from automl_edge.search.scoring import RunInt8, right_answers
from automl_edge.training import Windows

MOST_LOST = 0.25
"""Of the right answers on photos as they are, the share that may be lost on mirrored ones.

Nine networks lost 4 to 13 % on photos of waste, where the light comes from one side.
"""

MOST_LOST_OF_A_CLASS = 0.5
LOST_BY_CHANCE = 2
"""A class may lose this share of its photos and so many more: two classes that are each other's
mirror image hide among fifty. Of the waste no class lost more than 44 %."""

ROWS, COLUMNS = 1, 2
"""Axes of a batch of photos."""


class Stays(NamedTuple):
    """Whether answers stay as they are on mirrored photos, and on those that are upside down;
    None where that was not asked."""

    mirrored: bool | None
    upside_down: bool | None


NOT_ASKED = Stays(None, None)


@dataclass(frozen=True, slots=True)
class Examined:
    """An int8 ``model``, how it is ``run``, and the held-out photos that it is asked about."""

    model: bytes
    run: RunInt8
    held_out: Windows


def answers_turned(examined: Examined, recipe: Recipe) -> Stays:
    """Ask a network about what it was not trained on by ``recipe``, if it knows anything: one
    that guesses answers a mirrored digit as well as any other."""
    unseen = [axis for axis, seen in ((COLUMNS, recipe.mirror), (ROWS, recipe.flip)) if not seen]
    if not unseen:
        return NOT_ASKED
    held_out = examined.held_out
    right = right_answers(examined.run, examined.model, held_out, held_out.features)
    if not _knows_anything(right, held_out.labels):
        return NOT_ASKED

    def stays(axis: int) -> bool | None:
        if axis not in unseen:
            return None
        turned = np.flip(held_out.features, axis)
        found = right_answers(examined.run, examined.model, held_out, turned)
        return stays_right(right, found, held_out.labels)

    return Stays(stays(COLUMNS), stays(ROWS))


def _knows_anything(right: Labels, labels: Labels) -> bool:
    """Whether the answers are better than naming the commonest class, by two standard errors."""
    commonest = float(np.bincount(labels).max() / len(labels))
    return float(right.mean()) > commonest + 2 * standard_error(commonest, len(labels))


def stays_right(right: Labels, turned: Labels, labels: Labels) -> bool:
    """Whether a mirror image is of the same class.

    ``right`` and ``turned`` (n,) are 1 where the answer on the photo, and on its mirror
    image, was the label; ``labels`` (n,) are the classes.
    """
    if turned.sum() < (1 - MOST_LOST) * right.sum():
        return False
    lost = np.bincount(labels, weights=right - turned)
    allowed = MOST_LOST_OF_A_CLASS * np.bincount(labels) + LOST_BY_CHANCE
    return bool(np.all(lost <= allowed))


def may_turn(ended: Iterable[Ended], recipe: Recipe) -> Recipe:
    """``recipe`` with the mirror images that the most accurate network allows of those that were
    asked; none while none was."""
    own = list(ended)
    mirror = _best_says([(one.score, one.mirrors) for one in own])
    flip = _best_says([(one.score, one.flips) for one in own])
    return replace(recipe, mirror=mirror, flip=flip)


def _best_says(said: Sequence[tuple[float, bool | None]]) -> bool:
    """What the one with the highest score says that says anything."""
    asked = [(score, says) for score, says in said if says is not None]
    return bool(asked) and bool(max(asked, key=lambda one: one[0])[1])
