"""The networks that are known to be good, as wide as fits: what an expert would begin with."""

from __future__ import annotations

import random
from collections.abc import Callable

from automl_edge.domain.candidate import Candidate, Known, SearchSpace
from automl_edge.domain.dataset import Modality
from automl_edge.search.capacity import capacity
from automl_edge.search.sampling import NearbyChoices, RecordedChoices

DRAWS = 60
"""What a space's known network leaves open has few options: so many draws meet them all."""


def largest_known(
    space: SearchSpace,
    modality: Modality,
    seed: int,
    rated: Callable[[str, RecordedChoices], Candidate],
    fits: Callable[[Candidate], bool],
) -> Candidate | None:
    """The one of ``space`` with the most capacity that ``fits``; None if it knows none."""
    known: Known = getattr(space, "KNOWN", {})
    given = tuple(known.get(modality, {}).items())
    if not given:
        return None
    chance = random.Random(f"{seed}:{space.NAME}")
    drawn = (rated(space.NAME, NearbyChoices(given, chance, 0.0)) for _ in range(DRAWS))
    return max(filter(fits, drawn), key=capacity, default=None)
