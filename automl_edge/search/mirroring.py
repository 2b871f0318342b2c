"""Whether photos may be mirrored in training, told by a network that never saw a mirrored one.

Of things and animals a mirrored photo is another photo of the same class; of digits, arrows and
hands it is not. A network that was trained on unmirrored photos alone knows: it answers mirrored
ones nearly as well, or it does not.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from automl_edge.scores import Labels
from automl_edge.search.records import Ended

MOST_LOST = 0.25
"""Of the right answers on photos as they are, the share that may be lost on mirrored ones.

Nine networks lost 4 to 13 % on photos of waste, where the light comes from one side.
"""

MOST_LOST_OF_A_CLASS = 0.5
LOST_BY_CHANCE = 2
"""A class may lose this share of its photos and so many more: two classes that are each other's
mirror image hide among fifty. Of the waste no class lost more than 44 %."""


def stays_right(right: Labels, mirrored: Labels, labels: Labels) -> bool:
    """Whether mirroring leaves the class as it is.

    ``right`` and ``mirrored`` (n,) are 1 where the answer on the photo, and on its mirror
    image, was the label; ``labels`` (n,) are the classes.
    """
    if mirrored.sum() < (1 - MOST_LOST) * right.sum():
        return False
    lost = np.bincount(labels, weights=right - mirrored)
    allowed = MOST_LOST_OF_A_CLASS * np.bincount(labels) + LOST_BY_CHANCE
    return bool(np.all(lost <= allowed))


def may_mirror(ended: Iterable[Ended]) -> bool:
    """What the most accurate network says that was asked; False while none was."""
    asked = [one for one in ended if one.mirrors is not None]
    return bool(asked) and bool(max(asked, key=lambda one: one.score).mirrors)
