"""What a trial is before and after it ran, and its line in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from automl_edge.domain.candidate import Values
from automl_edge.domain.quantisation import Quantisation
from automl_edge.errors import RunDirectoryError


class Stage(StrEnum):
    """Why a training was done.

    TRIAL, LONGER and FINAL are successive halvings: all designs shortly, the best of them
    for longer, the best of those for longest. Where few recordings are held out, FOLD trains
    the best once more for each fold of training and validation part together. REFIT trains the
    winner, and the best small design, on with the validation part added. The rest tells what
    limits the accuracy: UNLIMITED trains a design of the winner's family that need not fit, LESS
    the winner's own on a share of the data.
    """

    TRIAL = "trial"
    LONGER = "longer"
    FOLD = "fold"
    FINAL = "final"
    REFIT = "refit"
    UNLIMITED = "unlimited"
    LESS = "less"


FOLDS = 4
"""Of training and validation part together, where few recordings are held out."""

LEAST = 1e-3
"""Seconds, or a share of an epoch: nothing that was timed is shorter."""

COMPARED = (Stage.TRIAL, Stage.LONGER, Stage.FINAL)
"""Trainings whose scores are held out and of all training data: the winner is one of them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a candidate is trained: peak learning rate, augmentation strength, whether photos are
    mirrored, and turned upside down."""

    learning_rate: float = 8e-3
    strength: float = 1.0
    mirror: bool = False
    flip: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the search wants to train next: choices in a space, and a recipe."""

    space: str
    values: Values
    recipe: Recipe = field(default_factory=Recipe)


@dataclass(frozen=True, slots=True)
class Ended:
    """A training that ended, as the journal keeps it.

    ``score`` is the int8 model's validation accuracy per recording, ``float_score`` the
    float model's; both are 0 for a candidate that could not be trained, and ``failure``
    says why. ``model`` and ``weights`` are paths relative to the run directory, empty
    after a failure; ``digest`` is the model's SHA-256 and ``quantisation`` how it was made
    of the weights, which are the float model's. ``parent`` is the trial of the same
    design, the number itself for a trial; ``source`` is the training whose weights it went
    on from. ``share`` of the training part was seen. Scores of a REFIT are not held out.
    The scores of a FOLD are of the recordings in its ``fold``.
    ``seconds`` are those of its training, ``took`` what it took in all, from the features to the
    scores. ``build_seconds`` is what compiling the int8 model for this machine took, and
    ``answer_seconds`` what it took then for a window of the validation part.
    ``mirrors`` and ``flips``: whether it answers mirrored photos as well, and those that are
    upside down, where that was asked.
    """

    number: int
    stage: Stage
    proposal: Proposal
    score: float
    float_score: float
    epochs: float
    seconds: float
    parent: int
    source: int | None = None
    share: float = 1.0
    fold: int | None = None
    model: str = ""
    weights: str = ""
    digest: str = ""
    quantisation: Quantisation = Quantisation.PTQ
    build_seconds: float = 0.0
    answer_seconds: float = 0.0
    mirrors: bool | None = None
    flips: bool | None = None
    failure: str = ""
    took: float = 0.0

    @property
    def pace(self) -> float:
        """Seconds an epoch."""
        return max(self.seconds, LEAST) / max(self.epochs, LEAST)


def to_json(ended: Ended) -> dict[str, Any]:
    """The journal's record of ``ended``."""
    return {"record": "trained", **asdict(ended)}


def from_json(record: Mapping[str, Any]) -> Ended:
    """Read what ``to_json`` wrote; raises RunDirectoryError if it is something else."""
    try:
        fields = {name: value for name, value in record.items() if name != "record"}
        proposal = fields.pop("proposal")
        quantisation = Quantisation(fields.pop("quantisation", Quantisation.PTQ))
        values = tuple((str(name), value) for name, value in proposal["values"])
        recipe = Recipe(**proposal["recipe"])
        return Ended(
            stage=Stage(fields.pop("stage")),
            proposal=Proposal(proposal["space"], values, recipe),
            quantisation=quantisation,
            **fields,
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise RunDirectoryError(
            f"the journal holds a trial that this version cannot read ({problem})",
            "Start a new run in another folder.",
        ) from problem
