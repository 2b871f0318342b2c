"""The networks that are known to be good, as wide as fits: what an expert would begin with."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from automl_edge.domain.candidate import Candidate, Known, SearchSpace, Task, Value, Values
from automl_edge.domain.dataset import Modality
from automl_edge.search.capacity import capacity
from automl_edge.search.choices import FixedChoices, NearbyChoices, RecordedChoices
from automl_edge.search.sampling import build_design

NOTHING_NEW = 120
"""What a space's known network leaves open has few options: all were met when so many draws, one
after the other, brought nothing new."""


def largest_known(
    space: SearchSpace,
    task: Task,
    seed: int,
    rated: Callable[[str, RecordedChoices], Candidate],
    fits: Callable[[Candidate], bool],
) -> Iterator[Candidate]:
    """The networks that ``space`` knows of which some size ``fits``, the one to begin with first,
    each in the size with the most capacity."""
    chance = random.Random(f"{seed}:{space.NAME}")
    for given in _known(space, task.modality):
        sizes = (FixedChoices(size) for size in _sizes(space, given, task, chance))
        designs = (rated(space.NAME, choices) for choices in sizes)
        largest = max(filter(fits, designs), key=capacity, default=None)
        if largest is not None:
            yield largest


def is_known(space: SearchSpace, modality: Modality, values: Values) -> bool:
    """Whether a design of ``space`` with ``values`` is a network that it knows, however wide.

    What a task leaves no choice of is not among the values: the rate of slow recordings, the
    colour of grey photos.
    """
    chosen = dict(values)
    return any(
        all(chosen.get(name, value) == value for name, value in given.items())
        for given in _known(space, modality)
    )


def _sizes(
    space: SearchSpace, given: Mapping[str, Value], task: Task, chance: random.Random
) -> Iterable[Values]:
    """All different choices that have the ``given`` ones; drawing them is cheaper than rating."""
    drawn: dict[Values, None] = {}
    since_new = 0
    while since_new < NOTHING_NEW:
        choices = NearbyChoices(tuple(given.items()), chance, 0.0)
        build_design(space, choices, task)
        since_new = since_new + 1 if choices.values in drawn else 0
        drawn[choices.values] = None
    return drawn


def _known(space: SearchSpace, modality: Modality) -> Sequence[Mapping[str, Value]]:
    known: Known = getattr(space, "KNOWN", {})
    return known.get(modality, ())
