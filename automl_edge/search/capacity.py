"""How much designs can learn, and which are taken first by that."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from automl_edge.domain.candidate import Candidate, SearchSpace, Values


def capacity(candidate: Candidate) -> float:
    """How much a design can learn, in logarithms: MACs, and half as much its flash.

    A rule of thumb that only orders designs which all fit.
    """
    cost = candidate.footprint
    return math.log(max(cost.macs, 1)) + 0.5 * math.log(max(cost.flash_bytes, 1))


def largest(space: SearchSpace, drawn: Sequence[Candidate], share: float) -> tuple[Candidate, ...]:
    """The ``share`` of the designs of ``space`` with the most capacity, largest first."""
    own = sorted((c for c in drawn if c.space == space.NAME), key=capacity, reverse=True)
    return tuple(own[: math.ceil(len(own) * share)])


def leading(spaces: Sequence[tuple[Candidate, ...]]) -> Sequence[tuple[Candidate, ...]]:
    """The spaces whose designs start from pretrained weights, or all where there are none.

    On a few thousand photos they are ten points and more ahead of the same layers from
    scratch (benchmarks/README.md), which a short trial would only confirm.
    """
    return [own for own in spaces if own[0].design.pretrained is not None] or spaces


def untried(
    designs: Sequence[Candidate], tried: set[tuple[str, Values]], chance: random.Random
) -> Candidate | None:
    """One of ``designs`` by chance that is not among those ``tried``; None if all were."""
    left = [design for design in designs if (design.space, design.values) not in tried]
    return chance.choice(left) if left else None
