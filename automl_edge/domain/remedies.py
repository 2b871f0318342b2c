"""What would let something fit where nothing does."""

from __future__ import annotations

from dataclasses import dataclass

from automl_edge.domain.features import FeatureSpec
from automl_edge.domain.footprint import Violation


@dataclass(frozen=True, slots=True)
class Remedies:
    """Changes of which each alone would let some design fit, as predicted or ``measured``.

    ``limits`` are ceilings to raise, the smallest raise first: ``needed`` is the least that any
    rated design takes of it while it keeps the others. ``nearest`` is what the design that is
    the least over the budget breaks, worst first, and ``features`` its front end; ``smaller`` is
    the largest reduced one with which it would fit, None where none does.
    """

    limits: tuple[Violation, ...]
    nearest: tuple[Violation, ...]
    features: FeatureSpec
    smaller: FeatureSpec | None
    measured: bool = False
