"""What measured models say about the predictor: a factor for each kind of code of one core.

A model's cycles are known by layer once it ran on the emulated core. For kernel k let p be the
predicted and m the measured cycles of its layers, as shares of all predicted cycles of the
model, summed over measured models. The factor of k is

    (PRIOR + m) / (PRIOR + p),

a ridge estimate: it minimises the squared relative errors of the layers, each weighted by the
layer's share of its model, plus PRIOR times the squared distance from 1. Shares make models of
all sizes count alike, and let layers that hardly matter hardly count. What was not seen keeps
its factor of 1, and a kernel that was a tenth of one model moves by a tenth of what it seems.
Counts on an emulated core have no noise; what a factor cannot tell is how the error depends on
shapes. The stack, of which the tables hold a bound, has factors of its own: for what it is deepest
in, used over bound, each model with the weight of one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

PRIOR = 1.0
"""The table's own word counts as much as one whole model: the spread of a kernel's error over
shapes is about as large as the error that shapes share."""

MOST_MODELS = 200
"""Earlier models are forgotten; so many say all that a factor can learn."""

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Share:
    """Predicted and measured cycles of one kind of code, over all predicted ones of its model.

    ``kind`` is a kernel's C name, or ``front end`` and which. For ``stack`` and where it is
    deepest the two are bytes over the bound.
    """

    kind: str
    predicted: float
    measured: float


@dataclass(frozen=True, slots=True)
class MeasuredModel:
    """What one emulated run taught. ``key`` is the same for the same layers and front end, so
    that a model that is measured again counts once."""

    key: str
    shares: tuple[Share, ...]

    @staticmethod
    def of(key: str, cycles: Iterable[tuple[str, float, float]], *others: Share) -> MeasuredModel:
        """From (kind, predicted, measured) cycles of each part; raises ValueError for none."""
        parts = tuple(cycles)
        whole = sum(predicted for _, predicted, _ in parts)
        if whole <= 0:
            raise ValueError("a model without predicted cycles")
        sums: dict[str, tuple[float, float]] = {}
        for kind, predicted, measured in parts:
            before = sums.get(kind, (0.0, 0.0))
            sums[kind] = before[0] + predicted / whole, before[1] + measured / whole
        shares = (Share(kind, round(p, 6), round(m, 6)) for kind, (p, m) in sorted(sums.items()))
        return MeasuredModel(key, (*shares, *others))


@dataclass(frozen=True)
class Corrections:
    """Factors for predicted cycles, learnt from ``models``, of which no key is there twice."""

    models: tuple[MeasuredModel, ...] = field(default=())

    @cached_property
    def factors(self) -> Mapping[str, float]:
        """The factor of each kind of code that was seen, rounded so that the order in which
        models came does not matter."""
        predicted: dict[str, float] = {}
        measured: dict[str, float] = {}
        for share in (share for model in self.models for share in model.shares):
            predicted[share.kind] = predicted.get(share.kind, PRIOR) + share.predicted
            measured[share.kind] = measured.get(share.kind, PRIOR) + share.measured
        return {
            kind: round(measured[kind] / predicted[kind], _DIGITS) for kind in sorted(predicted)
        }

    def factor(self, kind: str) -> float:
        """What predicted cycles of ``kind`` are multiplied with."""
        return self.factors.get(kind, 1.0)

    def learnt(self, *models: MeasuredModel) -> Corrections:
        """With ``models``, in place of earlier ones of the same keys; the latest are kept."""
        known = {model.key: model for model in self.models}
        for model in models:
            known.pop(model.key, None)
            known[model.key] = model
        return Corrections(tuple(known.values())[-MOST_MODELS:])

    @property
    def digest(self) -> str:
        """A short hash of the factors: predictions with the same one are the same."""
        return hashlib.sha256(json.dumps(self.factors).encode()).hexdigest()[:12]


NO_CORRECTIONS = Corrections()
"""The cost tables as they are."""
