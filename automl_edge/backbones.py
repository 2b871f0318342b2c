"""Which pretrained weights a search may start from: the user's file, or ImageNet's."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from automl_edge.catalog import load_space, pretrained_family
from automl_edge.domain.candidate import Task
from automl_edge.domain.dataset import Modality
from automl_edge.domain.pretrained import FAMILIES, SIZES
from automl_edge.domain.run import FitSpec, Note, OnEvent
from automl_edge.errors import AutomlEdgeError, EnvironmentProblem, ModelFileError, UsageError
from automl_edge.search import read_journal
from automl_edge.training.backbone import BackboneWeights
from automl_edge.training.backbone_file import load_backbone, load_backbones
from automl_edge.training.imagenet import imagenet_backbones, imagenet_file

VARIABLE = "AUTOML_EDGE_BACKBONE"
"""The environment variable that stands in for ``--backbone``."""

IMAGENET = "imagenet"
NONE = "none"

IDENTITY = "backbone"
"""The key of the journal's identity that holds ``identity``."""

_DIGITS = 16


def check_backbone(spec: FitSpec) -> None:
    """Raise ModelFileError if ``spec`` names a file that is not there: soon, not after reading."""
    wanted = _wanted(spec)
    if wanted not in (None, NONE, IMAGENET) and not Path(wanted).expanduser().exists():
        raise ModelFileError(
            f"there is no file {wanted}, which --backbone or {VARIABLE} names",
            "Name a Keras .h5 file or a folder of such files, imagenet or none.",
        )


def find_backbones(
    spec: FitSpec, task: Task, flash_bytes: int, on_event: OnEvent
) -> tuple[BackboneWeights, ...]:
    """The weights for ``task`` and the families that ``spec`` lets compete, maybe none.

    What was asked for and cannot be had is an error: UsageError, ModelFileError or
    EnvironmentProblem. Where nothing was asked for, ImageNet's weights are tried, unless the
    photos are tiny, and a note tells if they cannot be had.
    """
    families = _families(spec)
    wanted = _wanted(spec)
    if task.modality is not Modality.IMAGE or not families:
        if spec.backbone not in (None, NONE):
            raise UsageError(
                f"--backbone {spec.backbone} is of no use: "
                f"{spec.space or task.modality.value + ' data'} cannot start from it",
                "Leave it out; pretrained weights are for photos.",
            )
        return ()
    too_small = spec.space is None and min(task.image_size) < SIZES[0]
    if wanted is None and (too_small or _began_without(spec)):
        wanted = NONE
    found = _found(wanted, families, flash_bytes, on_event)
    if spec.space is not None and not found:
        raise UsageError(
            f"the search space {spec.space} starts from weights of {families[0]}, and none "
            "are at hand",
            f"Name a file with --backbone or {VARIABLE}, or choose another --space.",
        )
    return found


def identity(backbones: Sequence[BackboneWeights]) -> str:
    """What a resumed run must start from, too."""
    return "+".join(weights.digest[:_DIGITS] for weights in backbones) or NONE


def _wanted(spec: FitSpec) -> str | None:
    """What the option says, or else the variable; None where neither does."""
    if spec.backbone is not None:
        return str(spec.backbone)
    return os.environ.get(VARIABLE) or None


def _families(spec: FitSpec) -> tuple[str, ...]:
    """The families of weights that the search spaces of ``spec`` can start from."""
    if spec.space is None:
        return FAMILIES
    family = pretrained_family(load_space(spec.space))
    return (family,) if family else ()


def _began_without(spec: FitSpec) -> bool:
    """Whether ``spec`` resumes a run that had none: being online now must not change it."""
    records = read_journal(spec.out) if spec.resume else ()
    return bool(records) and records[0]["identity"].get(IDENTITY, NONE) == NONE


def _found(
    wanted: str | None, families: Collection[str], flash_bytes: int, on_event: OnEvent
) -> tuple[BackboneWeights, ...]:
    if wanted == NONE:
        return ()
    if wanted not in (None, IMAGENET):
        loaded = load_backbones(Path(wanted).expanduser())
        return tuple(w for w in loaded if w.backbone.family in families)
    found: list[BackboneWeights] = []
    try:
        for backbone in imagenet_backbones(families, flash_bytes):
            found.append(_of_imagenet(imagenet_file(backbone)))
    except AutomlEdgeError as problem:
        if wanted == IMAGENET:
            raise
        rest = "others are used" if found else "networks are trained from scratch"
        on_event(Note(f"pretrained weights are missing, {rest}: {problem.message}"))
    return tuple(found)


def _of_imagenet(file: Path) -> BackboneWeights:
    try:
        return load_backbone(file)
    except ModelFileError as problem:
        raise EnvironmentProblem(
            problem.message, f"Delete {file}, so that it is downloaded again."
        ) from problem
